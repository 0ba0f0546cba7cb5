import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { expectedSeconds, readBuildTimes, writeBuildTimes } from './build-times.ts';

const recipes = [
  { name: 'small', seconds: 10 },
  { name: 'large', seconds: 100 },
  { name: 'other', seconds: 40 },
];
const other = recipes[2]!;

it('takes the measured figure when nothing is known of this machine', () => {
  expect(expectedSeconds(other, {}, recipes)).toBe(40);
});

it('corrects it by the pace of this machine so far', () => {
  expect(expectedSeconds(other, { small: 30, large: 300 }, recipes)).toBe(120);
});

it('prefers what the recipe itself took last time', () => {
  expect(expectedSeconds(other, { small: 30, other: 7 }, recipes)).toBe(7);
});

it('does not let a rebuild from a warm cache promise too much', () => {
  expect(expectedSeconds(other, { large: 1 }, recipes)).toBe(20);
});

it('remembers times between runs, and does without a file that is damaged', () => {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  expect(readBuildTimes(home)).toEqual({});
  writeBuildTimes(home, { small: 3 });
  expect(readBuildTimes(home)).toEqual({ small: 3 });
  writeFileSync(join(home, 'build-times.json'), '{"sma');
  expect(readBuildTimes(home)).toEqual({});
});
