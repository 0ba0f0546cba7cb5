import { setTimeout as delay } from 'node:timers/promises';
import { Learner } from '../support/learner.ts';
import { PROMPT } from '../support/terminal-client.ts';
import { type Bench, startServer, untilWarm } from './bench.ts';
import type { Figure } from './figures.ts';

const LEASES = 40;
const POOL = 8;
const GAP_MS = 1_000;

/** Milliseconds since the request for a session. */
export class LeaseTimes {
  readonly prompt: number[] = [];
  readonly kubectl: number[] = [];
}

/**
 * Leases a sandbox from the pool and measures up to kubectl's first answer. Resolves with the id of
 * the session, which the caller ends.
 */
export async function measureLease(
  learner: Learner,
  lab: string,
  times: LeaseTimes,
): Promise<string> {
  const start = performance.now();
  const { id, state } = await learner.create(lab);
  try {
    if (state !== 'ready') throw new Error(`the session is ${state}: the pool had no sandbox`);
    using terminal = await learner.terminal(id);
    await terminal.waitFor(PROMPT);
    times.prompt.push(performance.now() - start);
    await terminal.run('kubectl get nodes');
    times.kubectl.push(performance.now() - start);
    return id;
  } catch (error) {
    await learner.end(id);
    throw error;
  }
}

/**
 * Measures forty learners in groups of eight. Each group starts when the pool is full and frozen;
 * its learners arrive one after another, and all stay until the last one has arrived.
 */
export async function measureWarm(bench: Bench): Promise<Figure[]> {
  const { lab, signal } = bench;
  await using server = await startServer(bench, { KINDLAB_POOL_MIN: String(POOL) });
  const learner = new Learner(server.origin);
  const times = new LeaseTimes();
  const sessions: string[] = [];
  for (let lease = 0; lease < LEASES; lease++) {
    if (lease % POOL === 0) await untilWarm(server, POOL, signal);
    sessions.push(await measureLease(learner, lab, times));
    await delay(GAP_MS, undefined, { signal });
    if (sessions.length === POOL) {
      await Promise.all(sessions.splice(0).map(async (id) => learner.end(id)));
    }
  }
  const show = [0.5, 0.95];
  return [
    { what: 'warm session: request to prompt', samples: times.prompt, unit: 'ms', show },
    { what: 'warm session: request to kubectl’s answer', samples: times.kubectl, unit: 'ms', show },
  ];
}
