import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PeakMemory } from '../support/peak-memory.ts';

it('tells the most of what was looked at', async () => {
  const looks = [300, 900, 400];
  await using peak = watch(async () => Promise.resolve(looks.shift() ?? 100), 1);
  await expect.poll(() => looks.length).toBe(0);
  expect(await peak.mib()).toBe(900);
});

it('looks once more when asked before the first look has come back', async () => {
  await using peak = watch(async () => delay(50, 700));
  expect(await peak.mib()).toBe(700);
});

it('says why when no look succeeds', async () => {
  const cause = new Error('no such container');
  await using peak = watch(async () => Promise.reject(cause));
  await expect(peak.mib()).rejects.toMatchObject({ cause });
});

function watch(memoryMib: () => Promise<number>, lookMs?: number): PeakMemory {
  return new PeakMemory({ memoryMib }, 'a session', lookMs);
}
