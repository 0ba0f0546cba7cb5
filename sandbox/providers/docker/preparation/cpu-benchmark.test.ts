import { expect, it } from 'vitest';
import { cpuPace } from './cpu-benchmark.ts';

const reference = { rounds: 1000, cores: 2 };

it('is 1 on the machine that the recipes were measured on', () => {
  expect(cpuPace(1000, 2, reference)).toBe(1);
});

it('follows the speed of the cores', () => {
  expect(cpuPace(500, 2, reference)).toBe(2);
});

it('gains less from more cores than from faster ones, because some work needs one core', () => {
  expect(cpuPace(4000, 8, reference)).toBeCloseTo(0.15 + 0.85 / 4);
  expect(cpuPace(500, 1, reference)).toBeCloseTo(0.15 + 0.85 * 2);
});
