import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/protocol/checks.ts';
import { describeChecks, exitCodeOf } from './checks.ts';
import { coloured, plain } from './paint.ts';

const since = '2026-01-01T00:00:00Z';
const base = { step: 'power-off', since };
const pass: CheckResult = { ...base, check: 'node-lost', outcome: 'pass' };
const fail: CheckResult = {
  ...base,
  check: 'web-complete',
  outcome: 'fail',
  evidence: {
    expected: 'x',
    seen: ['spec.nodeName = "a\x1b[31m"'],
    events: [{ type: 'Warning', reason: 'Failed', message: 'no', object: 'Pod/web', count: 1 }],
  },
};
const error: CheckResult = { ...base, check: 'c', outcome: 'error', problem: 'The API is silent.' };

describe('lab check', () => {
  it('shows passes, failures with evidence, and errors', () => {
    const lines = describeChecks({ step: 'power-off', checks: [pass, fail, error] }, plain);
    expect(lines.join('\n')).toBe(`Step power-off
  pass            node-lost
  not yet         web-complete
      seen: spec.nodeName = "a·[31m"
      Failed, Pod/web: no
  could not tell  c
      The API is silent.`);
  });

  it('reports that all steps are complete, or that a step has no checks', () => {
    expect(describeChecks({ checks: [] }, plain)).toEqual(['All steps are complete.']);
    expect(describeChecks({ step: 'end', checks: [] }, plain)).toEqual(['Step end has no checks.']);
    expect(describeChecks({ checks: [] }, coloured)[0]).toBe(
      '\x1b[32mAll steps are complete.\x1b[0m',
    );
  });

  it('has an exit code for each outcome', () => {
    expect([[pass], [pass, fail], [fail, error]].map((checks) => exitCodeOf({ checks }))).toEqual([
      0, 1, 2,
    ]);
  });
});
