import { beforeEach, expect, it } from 'vitest';
import { StartQueue } from './start-queue.ts';

let queue: StartQueue;
let started: string[];
let ends: Map<string, () => void>;
const { signal } = new AbortController();

beforeEach(() => {
  queue = new StartQueue();
  started = [];
  ends = new Map();
});

async function start(name: string, until = signal): Promise<void> {
  await queue.run(async () => {
    started.push(name);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    if (name === 'bad') throw new Error('no');
  }, until);
}

it('runs two starts at once and the others in order', async () => {
  const starts = ['bad', 'second', 'third', 'fourth'].map(async (name) => start(name));
  const first = expect(starts[0]).rejects.toThrow('no');
  expect(started).toEqual(['bad', 'second']);
  expect(queue.waiting).toBe(2);
  ends.get('bad')?.();
  await first;
  expect(started).toEqual(['bad', 'second', 'third']);
  ends.get('second')?.();
  await starts[1];
  expect(started).toEqual(['bad', 'second', 'third', 'fourth']);
  expect(queue.isStarting).toBe(true);
  ends.get('third')?.();
  ends.get('fourth')?.();
  await Promise.all(starts.slice(1));
  expect(queue.isStarting).toBe(false);
});

it('drops a start that is aborted while it waits', async () => {
  const running = [start('one'), start('two')];
  const ending = new AbortController();
  const dropped = expect(start('dropped', ending.signal)).rejects.toThrow('over');
  const last = start('last');
  ending.abort(new Error('over'));
  await dropped;
  expect(queue.waiting).toBe(1);
  for (const name of ['one', 'two']) ends.get(name)?.();
  await Promise.all(running);
  expect(started).toEqual(['one', 'two', 'last']);
  ends.get('last')?.();
  await last;
});
