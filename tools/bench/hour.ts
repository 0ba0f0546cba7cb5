import { availableMib } from '../../sandbox/capacity.ts';
import { watchLab } from '../../sandbox/checks/lab-watcher.ts';
import { listBelongings } from '../../sandbox/providers/docker/engine/inventory.ts';
import { bringToStep, solveStep } from '../../sandbox/sessions/checkpoint.ts';
import { compileLab } from '../../src/lessons/compile-lab.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { quiet } from '../support/quiet.ts';
import { RealProvider } from '../support/real-provider.ts';
import { withTimeout } from '../../src/async.ts';
import type { Bench } from './bench.ts';
import type { Figure } from './figures.ts';

const HOUR_MS = 60 * 60_000;
const SOLVE_MS = 20 * 60_000;
/** Its services keep running while its job is repeated for an hour. */
const LAB = 'data/spark';
const REPEATED_STEP = 'lost-executor';
const FIRST_STEP = 'too-big';
const DELETE_JOB = 'kubectl delete job crowd-again --cascade=foreground';

/**
 * Measures the heaviest lab over an hour of use. Its history server runs all the time; Spark jobs
 * run beside it, each loses an executor and gets a new one. Finally measures what the host is
 * missing after the session has ended.
 */
export async function measureHour({ images, signal }: Bench): Promise<Figure[]> {
  const lab = await compileLab(LAB);
  const repeated = lab.steps.find(({ id }) => id === REPEATED_STEP);
  if (repeated === undefined) throw new Error(`${LAB} has no step ${REPEATED_STEP}.`);
  const before = availableMib();
  const peaks: number[] = [];
  let left: number;
  {
    await using provider = new RealProvider('hour', images);
    await provider.begin();
    const end = performance.now() + HOUR_MS;
    {
      await using sandbox = await provider.start(lab.profile);
      const { workstation, cluster } = sandbox;
      const listeners = { onCheck: () => undefined, onCluster: () => undefined };
      await using watcher = watchLab({ cluster, lab, log: quiet, ...listeners });
      await bringToStep({
        ...{ lab, step: FIRST_STEP, workstation, watcher },
        signal: withTimeout(signal, SOLVE_MS),
      });
      while (performance.now() < end) {
        await using peak = new PeakMemory(provider, sandbox.sessionId);
        await workstation.exec(['bash', '-c', DELETE_JOB], { signal });
        await solveStep(repeated, { workstation, watcher, signal });
        const mib = await peak.mib();
        peaks.push(mib);
        console.error(`Round ${peaks.length}: ${mib} MiB peak.`);
      }
    }
    left = (await listBelongings(provider.engine, provider.install)).length;
  }
  const [first = 0] = peaks;
  return [
    {
      what: 'Spark jobs in an hour, each of which loses an executor',
      samples: [peaks.length],
      unit: '',
    },
    { what: 'peak memory of the session, in each job', samples: peaks, unit: 'MiB' },
    {
      what: '… in the last job, relative to the first',
      samples: [(peaks.at(-1) ?? 0) / first],
      unit: '',
    },
    { what: '… announced by the lab', samples: [lab.profile.memoryMib], unit: 'MiB' },
    { what: 'containers, networks and volumes left after its end', samples: [left], unit: '' },
    {
      what: 'host memory not returned',
      samples: [before - availableMib()],
      unit: 'MiB',
    },
  ];
}
