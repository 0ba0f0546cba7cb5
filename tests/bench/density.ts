import { setTimeout } from 'node:timers/promises';
import type { Session } from '../../src/protocol/session.ts';
import { Learner } from '../support/learner.ts';
import { ServerProcess } from '../support/server-process.ts';
import { PROMPT, type TerminalClient } from '../support/terminal-client.ts';
import type { Figure } from './figures.ts';
import { availableMib } from '../../sandbox/pool/memory.ts';

const MOST = 40;
const RUNNING = 5;
const KEYS = 200;
const KEY_GAP_MS = 20;

/** How many sessions live at once: made until the server says no; five of them work, the others sleep. And how the five feel then. */
export async function measureDensity(lab: string): Promise<Figure[]> {
  const environment = { KINDLAB_POOL_MAX: '0', KINDLAB_FREEZE_SECONDS: '10' };
  await using server = await (await new ServerProcess().start(environment)).ready();
  const learner = new Learner(server.origin);
  const before = availableMib();
  const working: TerminalClient[] = [];
  let alive = 0;
  while (alive < MOST) {
    const session = await create(learner, lab);
    if (session === undefined) break;
    alive += 1;
    if (working.length < RUNNING) working.push(await work(learner, session.id));
  }
  await untilAsleep(server, alive - RUNNING);
  const mib = (before - availableMib()) / alive;
  const echoes: number[] = [];
  for (const terminal of working) echoes.push(...(await echo(terminal)));
  for (const terminal of working) terminal[Symbol.dispose]();
  return [
    { what: 'sessions alive at once', samples: [alive], unit: '' },
    { what: 'of them at work, the others frozen', samples: [RUNNING], unit: '' },
    { what: 'memory of each, all alive', samples: [mib], unit: 'MiB' },
    {
      what: 'key press to echo, all alive',
      samples: echoes,
      unit: 'ms',
      quantiles: [0.5, 0.95, 0.99],
    },
  ];
}

async function create(learner: Learner, lab: string): Promise<Session | undefined> {
  try {
    return await learner.start(lab);
  } catch (error) {
    if (String(error).includes('LAB_CAPACITY_FULL')) return undefined;
    throw error;
  }
}

/** Somebody who asks the cluster something every other second. */
async function work(learner: Learner, id: string): Promise<TerminalClient> {
  const watcher = await learner.terminal(id, 1);
  await watcher.waitFor(PROMPT);
  watcher.type('while sleep 2; do kubectl get pods --all-namespaces; done\r');
  const terminal = await learner.terminal(id);
  await terminal.waitFor(PROMPT);
  return terminal;
}

async function untilAsleep(server: ServerProcess, count: number): Promise<void> {
  const deadline = Date.now() + 120_000;
  while ((await server.status()).sessions.frozen < count) {
    if (Date.now() > deadline) throw new Error('not all of them fall asleep');
    await setTimeout(500);
  }
}

async function echo(terminal: TerminalClient): Promise<number[]> {
  const samples: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const { received } = terminal;
    const start = performance.now();
    terminal.type(key % 50 === 49 ? '\x15' : 'x');
    await terminal.until(() => terminal.received > received, 5_000);
    samples.push(performance.now() - start);
    await setTimeout(KEY_GAP_MS);
  }
  return samples;
}
