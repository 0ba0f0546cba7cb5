import { setTimeout } from 'node:timers/promises';
import { Learner } from '../support/learner.ts';
import { ServerProcess } from '../support/server-process.ts';
import { PROMPT } from '../support/terminal-client.ts';
import type { Figure } from './figures.ts';

const LEASES = 40;
const POOL = 8;
const LIMIT_MS = 60_000;

/** From the request for a session to its prompt, and to the first answer of kubectl, when sandboxes are kept ready and asleep. */
export async function measureWarm(lab: string): Promise<Figure[]> {
  const environment = { KINDLAB_POOL_MIN: String(POOL) };
  await using server = await (await new ServerProcess().start(environment)).ready();
  const learner = new Learner(server.origin);
  const prompt: number[] = [];
  const answer: number[] = [];
  for (let lease = 0; lease < LEASES; lease++) {
    if (lease % POOL === 0) await untilWarm(server);
    const start = performance.now();
    const { id, state } = await learner.create(lab);
    if (state !== 'ready') throw new Error(`the session is ${state}: no sandbox was kept ready`);
    {
      using terminal = await learner.terminal(id);
      await terminal.waitFor(PROMPT);
      prompt.push(performance.now() - start);
      await terminal.run('kubectl get nodes');
      answer.push(performance.now() - start);
    }
    await learner.end(id);
  }
  const quantiles = [0.5, 0.95];
  return [
    { what: 'warm session: request to prompt', samples: prompt, unit: 'ms', quantiles },
    { what: 'warm session: request to kubectl’s answer', samples: answer, unit: 'ms', quantiles },
  ];
}

/** All members are there, and asleep. */
async function untilWarm(server: ServerProcess): Promise<void> {
  const deadline = Date.now() + POOL * LIMIT_MS;
  while ((await server.status()).sessions.warm < POOL) {
    if (Date.now() > deadline) throw new Error('the pool does not fill');
    await setTimeout(500);
  }
  await setTimeout(10_000);
}
