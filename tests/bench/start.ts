import { Learner } from '../support/learner.ts';
import { PROMPT } from '../support/terminal-client.ts';
import type { Figure } from './figures.ts';

const ROUNDS = 5;

/** From the request for a session to its prompt, one session after another on an otherwise idle machine. */
export async function measureStart(origin: string, lab: string): Promise<Figure[]> {
  const learner = new Learner(origin);
  const ready: number[] = [];
  const prompt: number[] = [];
  const gone: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const { id } = await learner.start(lab);
    ready.push((performance.now() - start) / 1_000);
    {
      using terminal = await learner.terminal(id);
      await terminal.waitFor(PROMPT);
      prompt.push((performance.now() - start) / 1_000);
    }
    const end = performance.now();
    await learner.end(id);
    gone.push((performance.now() - end) / 1_000);
  }
  return [
    { what: 'request to three Ready nodes', samples: ready, unit: 's' },
    { what: 'request to a prompt', samples: prompt, unit: 's' },
    { what: 'end of a session, to nothing left', samples: gone, unit: 's' },
  ];
}
