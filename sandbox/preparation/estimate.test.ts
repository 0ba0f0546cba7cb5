import { describe, expect, it } from 'vitest';
import { type EstimatedStage, estimateSeconds, type Pace, type WorkKind } from './estimate.ts';

/** A stage of a recorded first start: its seconds on the reference machine, and on this one. */
interface Recorded {
  work: WorkKind;
  reference: number;
  took: number;
}

/** The remaining seconds that were estimated during a replayed start, and the actual ones. */
function replay(recorded: readonly Recorded[], prior: Pace) {
  const total = sum(recorded.map(({ took }) => took));
  const said: { at: number; remaining: number; actual: number }[] = [];
  for (let at = 0; at < total; at += 10) {
    let left = at;
    const stages = recorded.map(({ work, reference, took }): EstimatedStage => {
      const seconds = Math.min(Math.max(left, 0), took);
      const state = left >= took ? 'done' : left >= 0 ? 'running' : 'waiting';
      left -= took;
      return { state, seconds, expectedSeconds: reference, work };
    });
    const remaining = sum(estimateSeconds(stages, prior)) - at;
    said.push({ at, remaining, actual: total - at });
  }
  return said;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const compile = (reference: number, took: number): Recorded => ({
  work: 'compile',
  reference,
  took,
});
const other = (reference: number, took: number): Recorded => ({ work: 'other', reference, took });

/** Compiling takes about 2.5 times as long as on the reference machine, the rest 1.5 times. */
const slowMachine = [
  other(35, 50),
  other(30, 48),
  compile(290, 773),
  compile(55, 130),
  compile(15, 42),
  compile(6, 14),
  compile(25, 58),
  compile(90, 240),
  compile(30, 70),
  compile(60, 155),
  compile(60, 148),
  other(40, 62),
  other(50, 70),
  other(45, 72),
  other(35, 50),
  other(40, 65),
];
/** As the CPU benchmark measures it, off by some percent. */
const prior: Pace = {
  compile: { seconds: 2.3 * 30, reference: 30 },
  other: { seconds: 1.5 * 30, reference: 30 },
};

describe('estimateSeconds', () => {
  it('is right within 20 % from the first minute to the last on a slow machine', () => {
    for (const { at, remaining, actual } of replay(slowMachine, prior)) {
      if (actual < 60) continue;
      expect(remaining / actual, `after ${at} s`).toBeGreaterThan(0.8);
      expect(remaining / actual, `after ${at} s`).toBeLessThan(1.2);
    }
  });

  it('keeps the paces of compiling and of the rest apart', () => {
    const stages: EstimatedStage[] = [
      { state: 'done', seconds: 300, expectedSeconds: 100, work: 'compile' },
      { state: 'waiting', seconds: 0, expectedSeconds: 100, work: 'compile' },
      { state: 'waiting', seconds: 0, expectedSeconds: 100, work: 'other' },
    ];
    const [done, compiling = 0, rest] = estimateSeconds(stages);
    expect(done).toBe(300);
    expect(compiling).toBeCloseTo(298, 0);
    expect(rest).toBe(100);
  });

  it('raises the remaining time while a stage takes longer than expected', () => {
    const at = (seconds: number): number => {
      const estimates = estimateSeconds([
        { state: 'running', seconds, expectedSeconds: 100, work: 'compile' },
        { state: 'waiting', seconds: 0, expectedSeconds: 100, work: 'compile' },
      ]);
      return sum(estimates) - seconds;
    };
    expect(at(0)).toBe(200);
    expect(at(80)).toBe(120);
    expect(at(300)).toBeGreaterThan(300);
    expect(at(600)).toBeGreaterThan(at(300) + 250);
  });

  it('does not scale a stage whose duration on this machine is known', () => {
    const stages: EstimatedStage[] = [
      { state: 'done', seconds: 500, expectedSeconds: 100, work: 'compile' },
      { state: 'waiting', seconds: 0, expectedSeconds: 70 },
    ];
    expect(estimateSeconds(stages)[1]).toBe(70);
  });

  it('never promises less than the time that has passed', () => {
    for (const seconds of [1, 10, 100, 1000]) {
      const [total = 0] = estimateSeconds([{ state: 'running', seconds, expectedSeconds: 10 }]);
      expect(total).toBeGreaterThan(seconds);
    }
  });
});
