import { setTimeout } from 'node:timers/promises';
import { Engine } from '../../sandbox/engine/engine.ts';
import { Label } from '../../sandbox/engine/labels.ts';
import { availableMib } from '../../sandbox/pool/memory.ts';
import { Learner } from '../support/learner.ts';
import { ServerProcess } from '../support/server-process.ts';
import { PROMPT } from '../support/terminal-client.ts';
import type { Figure } from './figures.ts';

const SESSIONS = 6;
const REST_MS = 30_000;
const CPU_MS = 20_000;
/** Longer than all that is measured while it is awake. */
const AWAKE_SECONDS = 60;

/** What a session costs while nobody uses it, awake and frozen: what the host has less of, and what its containers compute. */
export async function measureIdle(lab: string): Promise<Figure[]> {
  const environment = { KINDLAB_POOL_MAX: '0', KINDLAB_FREEZE_SECONDS: String(AWAKE_SECONDS) };
  await using server = await (await new ServerProcess().start(environment)).ready();
  const learner = new Learner(server.origin);
  const engine = new Engine();
  const memory: number[] = [];
  const awake: number[] = [];
  let last = '';
  await setTimeout(REST_MS / 3);
  let before = availableMib();
  for (let i = 0; i < SESSIONS; i++) {
    const { id } = await learner.start(lab);
    {
      using terminal = await learner.terminal(id);
      await terminal.waitFor(PROMPT);
      await setTimeout(REST_MS);
      const after = availableMib();
      memory.push(before - after);
      before = after;
      awake.push(await cpu(engine, id));
    }
    last = id;
  }
  await untilFrozen(learner, last);
  const frozen = [await cpu(engine, last)];
  return [
    { what: 'memory of an idle session (fall of MemAvailable)', samples: memory, unit: 'MiB' },
    { what: 'mean of that', samples: [mean(memory)], unit: 'MiB' },
    { what: 'CPU of an idle session', samples: awake, unit: '% of a core' },
    { what: 'CPU of a frozen session', samples: frozen, unit: '% of a core' },
  ];
}

async function untilFrozen(learner: Learner, id: string): Promise<void> {
  while ((await learner.session(id)).state !== 'frozen') await setTimeout(500);
}

async function cpu(engine: Engine, session: string): Promise<number> {
  const start = await cpuSeconds(engine, session);
  await setTimeout(CPU_MS);
  return (((await cpuSeconds(engine, session)) - start) / (CPU_MS / 1_000)) * 100;
}

function mean(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

async function cpuSeconds(engine: Engine, session: string): Promise<number> {
  const containers = await engine.docker.listContainers({
    filters: { label: [`${Label.session}=${session}`] },
  });
  const all = await Promise.all(
    containers.map(async ({ Id }) => engine.docker.getContainer(Id).stats({ stream: false })),
  );
  return all.reduce((sum, { cpu_stats: stats }) => sum + stats.cpu_usage.total_usage / 1e9, 0);
}
