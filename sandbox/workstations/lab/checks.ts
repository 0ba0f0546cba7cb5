import type { CheckResult } from '../../../src/protocol/checks.ts';
import type { LabCheckAnswer } from '../../../src/protocol/lab-command.ts';
import { sanitize, type Colour, type Paint } from './paint.ts';

const MAX_EVENTS = 3;

const WORDS: Record<CheckResult['outcome'], readonly [string, Colour]> = {
  pass: ['pass', 'green'],
  fail: ['not yet', 'yellow'],
  error: ['could not tell', 'red'],
  pending: ['not run', 'dim'],
};

/** The checks of a step as lines, with the evidence of those that do not pass. */
export function describeChecks({ step, checks }: LabCheckAnswer, paint: Paint): string[] {
  if (step === undefined) return [paint('All steps are complete.', 'green')];
  const title = paint(`Step ${step}`, 'bold');
  if (checks.length === 0) return [`${title} has no checks.`];
  return [title, ...checks.flatMap((check) => describeCheck(check, paint))];
}

/** 0: all pass; 1: some fail; 2: some could not be evaluated. */
export function exitCodeOf({ checks }: LabCheckAnswer): number {
  if (checks.some(({ outcome }) => outcome === 'error' || outcome === 'pending')) return 2;
  return checks.some(({ outcome }) => outcome === 'fail') ? 1 : 0;
}

function describeCheck({ check, outcome, evidence, problem }: CheckResult, paint: Paint): string[] {
  const [word, colour] = WORDS[outcome];
  const events = (evidence?.events ?? []).slice(-MAX_EVENTS);
  return [
    `  ${paint(word.padEnd(15), colour)} ${check}`,
    ...(evidence?.seen ?? []).map((line) => `      seen: ${sanitize(line)}`),
    ...events.map((e) => `      ${sanitize(`${e.reason}, ${e.object}: ${e.message}`)}`),
    ...(problem === undefined ? [] : [`      ${sanitize(problem)}`]),
  ];
}
