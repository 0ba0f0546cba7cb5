import { describe, expect, it } from 'vitest';
import { addTallies, readTally, tallyLine } from './tally.ts';

const report = (numbers: object, testResults: object[] = []) => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults,
  ...numbers,
});

describe('readTally', () => {
  it('counts', () => {
    const numbers = { numPassedTests: 7, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 };
    expect(readTally(report(numbers), false)).toEqual({ passed: 7, failed: 2, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const failed = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    const numbers = { numPassedTests: 3, numFailedTests: 1 };
    expect(readTally(report(numbers, [broken, failed]), false).failed).toBe(2);
  });

  it('does not trust a run that ended badly, ran nothing or left no report', () => {
    expect(readTally(report({ numPassedTests: 3 }), false).failed).toBe(1);
    expect(readTally(report({}), true).failed).toBe(1);
    expect(readTally(undefined, true).failed).toBe(1);
    expect(readTally({ garbage: true }, true).failed).toBe(1);
  });
});

describe('tallyLine', () => {
  it('sums all runs, and mentions skipped tests only if there are any', () => {
    const one = { passed: 3, failed: 0, skipped: 0 };
    expect(tallyLine(addTallies([one, { passed: 4, failed: 1, skipped: 0 }]))).toBe(
      '7 passed, 1 failed',
    );
    expect(tallyLine(addTallies([one, { ...one, skipped: 2 }]))).toBe(
      '6 passed, 0 failed, 2 skipped',
    );
  });
});
