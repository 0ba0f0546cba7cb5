import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PeakMemory } from '../support/peak-memory.ts';

it('reports the highest sample', async () => {
  const samples = [300, 900, 400];
  await using peak = watch(async () => Promise.resolve(samples.shift() ?? 100), 1);
  await expect.poll(() => samples.length).toBe(0);
  expect(await peak.mib()).toBe(900);
});

it('takes a sample of its own when the first one is still pending', async () => {
  await using peak = watch(async () => delay(50, 700));
  expect(await peak.mib()).toBe(700);
});

it('rejects with the cause when no sample succeeds', async () => {
  const cause = new Error('no such container');
  await using peak = watch(async () => Promise.reject(cause));
  await expect(peak.mib()).rejects.toMatchObject({ cause });
});

function watch(memoryMib: () => Promise<number>, lookMs?: number): PeakMemory {
  return new PeakMemory({ memoryMib }, 'a session', lookMs);
}
