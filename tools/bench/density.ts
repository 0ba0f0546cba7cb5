import { availableMib } from '../../sandbox/capacity.ts';
import { Learner } from '../support/learner.ts';
import { PROMPT, type TerminalClient } from '../support/terminal-client.ts';
import { type Bench, startServer, until } from './bench.ts';
import type { Figure } from './figures.ts';
import { pressKeys } from './terminal.ts';

const MOST = 40;
const LIMIT_MS = 20 * 60_000;
const WORKING = 5;
/** A command each second, and each tenth time one that asks the cluster: five times kubectl each second would be all that two cores can do. */
const WORK = 'for ((n = 0; ; n++)); do sleep 1; date; ((n % 10)) || kubectl get pods -A; done\r';
const KEYS = 200;
const KEY_GAP_MS = 20;
const FREEZE_SECONDS = 10;
const REMOVED_AT_ONCE = 4;

/** How many sessions live at once: made until the server says no; five of them work, the others sleep. And how the five feel then. */
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
  while (ids.length < MOST && performance.now() < deadline) {
    const id = await start(learner, lab);
    if (id === undefined) break;
    ids.push(id);
    if (working.length < WORKING) working.push(await work(learner, id, terminals));
  }
  const sleeping = ids.length - working.length;
  await until(async () => (await server.status()).sessions.frozen >= sleeping, {
    ...{ what: `${sleeping} sessions sleep`, ms: 120_000, signal },
  });
  const { active, frozen } = (await server.status()).sessions;
  const mib = (before - availableMib()) / ids.length;
  const echoes: number[] = [];
  for (const terminal of working) echoes.push(...(await pressKeys(terminal, KEYS, KEY_GAP_MS)));
  const gone = await remove(learner, ids);
  return [
    { what: 'sessions alive at once', samples: [active], unit: '' },
    { what: '… of them at work', samples: [active - frozen], unit: '' },
    { what: '… of them frozen', samples: [frozen], unit: '' },
    { what: 'memory of each, all alive', samples: [mib], unit: 'MiB' },
    {
      what: 'key press to echo in those at work, all alive',
      samples: echoes,
      unit: 'ms',
      show: [0.5, 0.95, 0.99],
    },
    { what: 'end of all of them, to nothing left', samples: [gone], unit: 's' },
  ];
}

/** The id of one more session that is ready; nothing when the server takes no more. */
async function start(learner: Learner, lab: string): Promise<string | undefined> {
  try {
    return (await learner.start(lab)).id;
  } catch (error) {
    if (String(error).includes('LAB_CAPACITY_FULL')) return undefined;
    throw error;
  }
}

/** Somebody who is at work. Returns another terminal of the same session. */
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

/** Seconds that it takes to end all. */
async function remove(learner: Learner, ids: readonly string[]): Promise<number> {
  const began = performance.now();
  const left = [...ids];
  const one = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await learner.end(id);
  };
  await Promise.all(Array.from({ length: REMOVED_AT_ONCE }, one));
  return (performance.now() - began) / 1_000;
}
