import { availableMib } from '../../sandbox/capacity.ts';
import { Learner } from '../support/learner.ts';
import { PROMPT, type TerminalClient } from '../support/terminal-client.ts';
import { until } from '../../src/async.ts';
import { type Bench, POLL_MS, startServer } from './bench.ts';
import type { Figure } from './figures.ts';
import { pressKeys } from './terminal.ts';

const MAX_SESSIONS = 40;
const LIMIT_MS = 20 * 60_000;
const WORKING = 5;
/**
 * One command a second; every tenth one asks the cluster. Five kubectl calls a second would keep
 * both cores busy.
 */
const WORK = 'for ((n = 0; ; n++)); do sleep 1; date; ((n % 10)) || kubectl get pods -A; done\r';
const KEYS = 200;
const KEY_GAP_MS = 20;
const FREEZE_SECONDS = 10;
const CONCURRENT_REMOVALS = 4;

/**
 * Measures how many sessions fit: starts them until the server refuses. Five of them work while the
 * others are frozen. Then measures the echo of keys in those five.
 */
export async function measureDensity(bench: Bench): Promise<Figure[]> {
  const { lab, signal } = bench;
  const environment = { KINDLAB_POOL_MAX: '0', KINDLAB_FREEZE_SECONDS: String(FREEZE_SECONDS) };
  await using server = await startServer(bench, environment);
  using terminals = new DisposableStack();
  const learner = new Learner(server.origin);
  const before = availableMib();
  const ids: string[] = [];
  const working: TerminalClient[] = [];
  const deadline = performance.now() + LIMIT_MS;
  while (ids.length < MAX_SESSIONS && performance.now() < deadline) {
    const id = await start(learner, lab);
    if (id === undefined) break;
    ids.push(id);
    if (working.length < WORKING) working.push(await work(learner, id, terminals));
  }
  const sleeping = ids.length - working.length;
  await until(async () => (await server.status()).sessions.frozen >= sleeping, {
    ...{ what: `${sleeping} sessions are frozen`, timeoutMs: 120_000, pollMs: POLL_MS, signal },
  });
  const { active, frozen } = (await server.status()).sessions;
  const mib = (before - availableMib()) / ids.length;
  const echoes: number[] = [];
  for (const terminal of working) echoes.push(...(await pressKeys(terminal, KEYS, KEY_GAP_MS)));
  const gone = await remove(learner, ids);
  return [
    { what: 'sessions alive at once', samples: [active], unit: '' },
    { what: '… of them working', samples: [active - frozen], unit: '' },
    { what: '… of them frozen', samples: [frozen], unit: '' },
    { what: 'memory of each session, all alive', samples: [mib], unit: 'MiB' },
    {
      what: 'key press to echo in the working sessions, all alive',
      samples: echoes,
      unit: 'ms',
      show: [0.5, 0.95, 0.99],
    },
    { what: 'time to remove all sessions', samples: [gone], unit: 's' },
  ];
}

/** Starts one more session and resolves with its id; undefined when the server refuses. */
async function start(learner: Learner, lab: string): Promise<string | undefined> {
  try {
    return (await learner.start(lab)).id;
  } catch (error) {
    if (String(error).includes('LAB_CAPACITY_FULL')) return undefined;
    throw error;
  }
}

/** Keeps a session busy. Returns another terminal of the same session. */
async function work(
  learner: Learner,
  id: string,
  lifetime: DisposableStack,
): Promise<TerminalClient> {
  const busy = lifetime.use(await learner.terminal(id, 1));
  await busy.waitFor(PROMPT);
  busy.type(WORK);
  const terminal = lifetime.use(await learner.terminal(id));
  await terminal.waitFor(PROMPT);
  return terminal;
}

/** Ends all sessions and returns how many seconds that took. */
async function remove(learner: Learner, ids: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const left = [...ids];
  const removeNext = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await learner.end(id);
  };
  await Promise.all(Array.from({ length: CONCURRENT_REMOVALS }, removeNext));
  return (performance.now() - startedAt) / 1_000;
}
