import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { paceOf } from '../../../preparation/estimate.ts';
import {
  type BuildTimes,
  expectedSeconds,
  machinePace,
  readBuildTimes,
  writeBuildTimes,
} from './build-times.ts';

const other = { name: 'other', seconds: 40 };
const recipes = [{ name: 'small', seconds: 10 }, { name: 'large', seconds: 100 }, other];

function expected(times: BuildTimes, cpuPace = 1): number {
  return expectedSeconds(other, times, machinePace(times, recipes, cpuPace));
}

describe('expectedSeconds', () => {
  it('takes the measured figure when nothing is known of this machine', () => {
    expect(expected({})).toBe(40);
  });

  it('corrects it by the pace of this machine so far', () => {
    expect(expected({ small: 30, large: 300 })).toBe(120);
  });

  it('prefers what the recipe itself took last time', () => {
    expect(expected({ small: 30, other: 7 })).toBe(7);
  });

  it('does not expect too little after a rebuild from a warm cache', () => {
    expect(expected({ large: 1 })).toBe(20);
  });
});

describe('machinePace', () => {
  const mixed = [
    { name: 'go', seconds: 100, work: 'compile' as const },
    { name: 'apt', seconds: 100 },
  ];

  it('takes the benchmark where nothing was built, in full for compiling alone', () => {
    const { compile, other: rest } = machinePace({}, mixed, 4);
    expect([paceOf(compile), paceOf(rest)]).toEqual([4, 2]);
  });

  it('keeps what was built apart by the kind of work', () => {
    const { compile, other: rest } = machinePace({ go: 300 }, mixed);
    expect([paceOf(compile), paceOf(rest)]).toEqual([3, 1]);
  });
});

it('remembers times between runs, and survives a damaged file', () => {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  expect(readBuildTimes(home)).toEqual({});
  writeBuildTimes(home, { small: 3 });
  expect(readBuildTimes(home)).toEqual({ small: 3 });
  writeFileSync(join(home, 'build-times.json'), '{"sma');
  expect(readBuildTimes(home)).toEqual({});
});
