import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { Label } from '../../sandbox/providers/docker/engine/labels.ts';
import { availableMib } from '../../sandbox/capacity.ts';
import { Learner } from '../support/learner.ts';
import { PROMPT } from '../support/terminal-client.ts';
import { until } from '../../src/async.ts';
import { type Bench, cpuOf, POLL_MS, startServer } from './bench.ts';
import type { Figure } from './figures.ts';

const SESSIONS = 6;
const SETTLE_MS = 30_000;
const CPU_MS = 20_000;
/**
 * Long enough that sessions with an open terminal stay awake throughout. Without a viewer they
 * freeze after a minute in any case.
 */
const FREEZE_SECONDS = 3_600;
const FREEZE_MS = 120_000;

/**
 * Measures what an idle session costs, awake and frozen: how much less memory is available on the
 * machine, and how much CPU its containers use.
 */
export async function measureIdle(bench: Bench): Promise<Figure[]> {
  const { engine, lab, signal } = bench;
  const environment = { KINDLAB_POOL_MAX: '0', KINDLAB_FREEZE_SECONDS: String(FREEZE_SECONDS) };
  await using server = await startServer(bench, environment);
  const learner = new Learner(server.origin);
  const memory: number[] = [];
  const ids: string[] = [];
  let awake: number[] = [];
  {
    using terminals = new DisposableStack();
    await delay(SETTLE_MS / 3, undefined, { signal });
    let before = availableMib();
    for (let i = 0; i < SESSIONS; i++) {
      const { id } = await learner.start(lab);
      ids.push(id);
      await terminals.use(await learner.terminal(id)).waitFor(PROMPT);
      await delay(SETTLE_MS, undefined, { signal });
      const after = availableMib();
      memory.push(before - after);
      before = after;
    }
    awake = await cpu(engine, ids, signal);
  }
  await until(async () => (await server.status()).sessions.frozen === SESSIONS, {
    ...{ what: `${SESSIONS} sessions are frozen`, timeoutMs: FREEZE_MS, pollMs: POLL_MS, signal },
  });
  const frozen = await cpu(engine, ids, signal);
  return [
    {
      what: 'memory of an idle session (drop in MemAvailable)',
      samples: memory,
      unit: 'MiB',
      show: ['mean'],
    },
    { what: 'CPU of an idle session', samples: awake, unit: '% of a core' },
    { what: 'CPU of a frozen session', samples: frozen, unit: '% of a core' },
  ];
}

/** The CPU use of each session's containers, in % of a core, all over the same period. */
async function cpu(engine: Engine, ids: readonly string[], signal: AbortSignal): Promise<number[]> {
  const before = await Promise.all(ids.map(async (id) => cpuSeconds(engine, id)));
  await delay(CPU_MS, undefined, { signal });
  const after = await Promise.all(ids.map(async (id) => cpuSeconds(engine, id)));
  return ids.map((_, i) => {
    const [start, end] = [before[i]!, after[i]!];
    return ((end.cpu - start.cpu) / (end.at - start.at)) * 100;
  });
}

async function cpuSeconds(engine: Engine, session: string): Promise<{ cpu: number; at: number }> {
  const cpu = await cpuOf(engine, { label: [`${Label.session}=${session}`] });
  return { cpu, at: performance.now() / 1_000 };
}
