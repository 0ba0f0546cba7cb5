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

const stage =
  (work: WorkKind) =>
  (reference: number, took: number): Recorded => ({ work, reference, took });
const compile = stage('compile');
const download = stage('download');
const other = stage('other');

/** A first start on two cores that had other work to do, recorded from the status. */
const slowMachine = [
  download(35, 81),
  download(30, 111),
  compile(400, 726),
  compile(55, 111),
  compile(15, 20),
  compile(6, 8),
  other(35, 28),
  other(14, 11),
  other(7, 5),
  other(15, 44),
  other(45, 56),
  other(35, 46),
  download(40, 55),
];
/** From a CPU benchmark that says 1.8. */
const prior: Pace = {
  compile: { seconds: 108, reference: 60 },
  download: { seconds: 80, reference: 60 },
  other: { seconds: 80, reference: 60 },
};

describe('estimateSeconds', () => {
  it('is right within 20 %, or within a minute, from the start to the end on a slow machine', () => {
    for (const { at, remaining, actual } of replay(slowMachine, prior)) {
      if (Math.abs(remaining - actual) < 60) continue;
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
