import { expect, it } from 'vitest';
import { InputRate } from './input-rate.ts';

it('allows a burst, then demands a wait in proportion', () => {
  let now = 0;
  const rate = new InputRate({ bytesPerSecond: 1_000, burstBytes: 5_000 }, () => now);
  expect(rate.take(5_000)).toBe(0);
  expect(rate.take(500)).toBe(500);
  now = 500;
  expect(rate.take(100)).toBe(100);
  now = 1_600;
  expect(rate.take(1_000)).toBe(0);
});

it('saves up no more than the burst', () => {
  let now = 0;
  const rate = new InputRate({ bytesPerSecond: 1_000, burstBytes: 2_000 }, () => now);
  now = 60_000;
  expect(rate.take(2_000)).toBe(0);
  expect(rate.take(1)).toBe(1);
});
