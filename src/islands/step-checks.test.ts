import { expect, test } from 'vitest';
import type { CheckResult } from '../protocol/checks.ts';
import { StepChecks } from './step-checks.ts';

const result = (check: string, outcome: CheckResult['outcome'], seen = ''): CheckResult => ({
  step: 'one',
  check,
  outcome,
  since: '2026-11-25T10:00:00Z',
  evidence: { expected: 'true', seen: [seen], events: [] },
});

test('shows checks of an untried step as pending, not failed', () => {
  const step = new StepChecks(['a']);
  step.accept(result('a', 'fail'), true);
  expect(step.outcome('a')).toBe('pending');
});

test('starts a step when something of it runs', () => {
  const step = new StepChecks(['a']);
  step.accept(result('a', 'fail'), false);
  step.start();
  expect(step.outcome('a')).toBe('fail');
});

test('starts a step when the cluster changes during its turn', () => {
  const [turn, later] = [new StepChecks(['a']), new StepChecks(['a'])];
  for (const [step, isTurn] of [
    [turn, true],
    [later, false],
  ] as const) {
    step.accept(result('a', 'fail', 'nothing'), isTurn);
    step.accept(result('a', 'fail', 'one pod'), isTurn);
  }
  expect(turn.outcome('a')).toBe('fail');
  expect(later.outcome('a')).toBe('pending');
});

test('completes a step when all checks pass at once, and for good', () => {
  const step = new StepChecks(['a', 'b']);
  step.accept(result('a', 'pass'), true);
  expect(step.complete).toBe(false);
  step.accept(result('b', 'pass'), true);
  expect(step.complete).toBe(true);
  step.accept(result('a', 'fail'), false);
  expect(step.outcome('a')).toBe('pass');
});

test('shows a broken check as an error, never as a failure', () => {
  const step = new StepChecks(['a']);
  step.start();
  step.accept(result('a', 'error'), true);
  expect(step.outcome('a')).toBe('error');
});
