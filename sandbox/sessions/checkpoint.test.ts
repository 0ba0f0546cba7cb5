import { expect, it } from 'vitest';
import type { CheckResult } from '../../src/protocol/checks.ts';
import { type Lab, labSchema } from '../../src/protocol/lab.ts';
import type { Workstation } from '../provider.ts';
import { bringToStep } from './checkpoint.ts';

const check = { resource: { kind: 'Pod', name: 'a' }, expect: 'true' };
const lab: Lab = labSchema.parse({
  id: 'concepts/test',
  profile: {},
  steps: [
    { id: 'one', checks: { done: check }, wrong: [], solution: ['A=1', 'echo $A'] },
    { id: 'two', checks: {}, wrong: [], solution: ['second'] },
    { id: 'three', checks: { done: check }, wrong: [], solution: ['third'] },
  ],
});

/** A workstation, and a watcher whose checks pass at the `patience`th run. */
function bench(patience = 1) {
  const ran: string[] = [];
  let asked = 0;
  const workstation: Pick<Workstation, 'exec'> = {
    exec: async (argv) => {
      ran.push(argv[2] ?? '');
      return Promise.resolve({ exitCode: 1, output: '' });
    },
  };
  const watcher = {
    ask: async (step: string): Promise<CheckResult[]> => {
      const outcome = ++asked >= patience ? ('pass' as const) : ('fail' as const);
      return Promise.resolve([{ step, check: 'done', outcome, since: '2026-01-01T00:00:00Z' }]);
    },
  };
  return { ran, workstation: workstation as Workstation, watcher, asked: () => asked };
}

it('runs the solutions of the earlier steps, each in one shell, but not of the step itself', async () => {
  const { ran, workstation, watcher } = bench();
  const signal = new AbortController().signal;
  await bringToStep({ lab, step: 'three', workstation, watcher, signal });
  expect(ran).toEqual(['A=1\necho $A', 'second']);
});

it('runs nothing for the first step', async () => {
  const { ran, workstation, watcher } = bench();
  const signal = new AbortController().signal;
  await bringToStep({ lab, step: 'one', workstation, watcher, signal });
  expect(ran).toEqual([]);
});

it('waits until the checks of a step pass before it continues', async () => {
  const { ran, workstation, watcher, asked } = bench(3);
  const signal = new AbortController().signal;
  await bringToStep({ lab, step: 'two', workstation, watcher, signal });
  expect(ran).toHaveLength(1);
  expect(asked()).toBe(3);
});

it('rejects a step that the lab does not have', async () => {
  const { workstation, watcher } = bench();
  const signal = new AbortController().signal;
  const bring = bringToStep({ lab, step: 'four', workstation, watcher, signal });
  await expect(bring).rejects.toMatchObject({ code: 'LAB_STEP_UNKNOWN' });
});

it('stops when the session ends', async () => {
  const { workstation, watcher } = bench(Infinity);
  const ending = new AbortController();
  const bring = bringToStep({ lab, step: 'two', workstation, watcher, signal: ending.signal });
  const reason = new Error('the session ends');
  setTimeout(() => ending.abort(reason), 20);
  await expect(bring).rejects.toThrow();
});
