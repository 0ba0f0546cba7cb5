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
/** Whose services stay, and whose job comes again and again, until the hour is over. */
const LAB = 'data/spark';
const AGAIN = 'lost-executor';
const SERVED = 'too-big';
const FORGET = 'kubectl delete job crowd-again --cascade=foreground';

/**
 * What a session of the heaviest lab takes in an hour of use: its history server runs all the time, and Spark beside it, loses an executor, and gets another one. And
 * what the host lacks once it has ended.
 */
export async function measureHour({ images, signal }: Bench): Promise<Figure[]> {
  const lab = await compileLab(LAB);
  const again = lab.steps.find(({ id }) => id === AGAIN);
  if (again === undefined) throw new Error(`${LAB} has no step ${AGAIN} any longer.`);
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
        ...{ lab, step: SERVED, workstation, watcher },
        signal: withTimeout(signal, SOLVE_MS),
      });
      while (performance.now() < end) {
        await using peak = new PeakMemory(provider, sandbox.sessionId);
        await workstation.exec(['bash', '-c', FORGET], { signal });
        await solveStep(again, { workstation, watcher, signal });
        const mib = await peak.mib();
        peaks.push(mib);
        console.error(`Round ${peaks.length}: ${mib} MiB at most.`);
      }
    }
    left = (await listBelongings(provider.engine, provider.install)).length;
  }
  const [first = 0] = peaks;
  return [
    {
      what: 'jobs of Spark in an hour, each with an executor lost',
      samples: [peaks.length],
      unit: '',
    },
    { what: 'the session’s memory at most, in each', samples: peaks, unit: 'MiB' },
    { what: '… in the last, against the first', samples: [(peaks.at(-1) ?? 0) / first], unit: '' },
    { what: '… that the lab announces', samples: [lab.profile.memoryMib], unit: 'MiB' },
    { what: 'what the engine still has of it after its end', samples: [left], unit: '' },
    { what: 'memory that the host lacks then', samples: [before - availableMib()], unit: 'MiB' },
  ];
}
