import { setTimeout as delay } from 'node:timers/promises';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { Lab } from '../../src/protocol/lab.ts';
import type { LabWatcher } from '../checks/lab-watcher.ts';
import { LabError } from '../errors.ts';
import type { Workstation } from '../provider.ts';

/** Enough for the longest step, which runs Spark twice. */
const SOLUTION_MS = 300_000;
/** After its last command a step needs some seconds: pods start, nodes report. */
const PASS_MS = 60_000;
const ASK_MS = 15_000;
const POLL_MS = 300;

export interface CheckpointOptions {
  lab: Lab;
  /** The step at which the learner starts. */
  step: string;
  workstation: Workstation;
  watcher: Pick<LabWatcher, 'ask'>;
  signal: AbortSignal;
}

/**
 * Brings a new cluster to where a step of its lab starts: runs the solution of each step before it
 * and waits until that step's checks pass.
 * Errors: `LAB_STEP_UNKNOWN`, `LAB_CHECKPOINT_FAILED`; rejects with the signal's reason when
 * aborted.
 */
export async function bringToStep(options: CheckpointOptions): Promise<void> {
  const { lab, step } = options;
  requireStep(lab, step);
  const place = lab.steps.findIndex(({ id }) => id === step);
  for (const before of lab.steps.slice(0, place)) await solveStep(before, options);
}

/** Errors: `LAB_STEP_UNKNOWN`. */
export function requireStep(lab: Lab, step: string): void {
  if (lab.steps.some(({ id }) => id === step)) return;
  throw new LabError('LAB_STEP_UNKNOWN', `Lab ${lab.id} has no step "${step.slice(0, 80)}".`);
}

/**
 * A step's solution as input for one shell: as in the learner's terminal, a block may use variables
 * of an earlier one.
 */
export function solutionCommand({ solution }: Lab['steps'][number]): string {
  return solution.join('\n');
}

/** Runs a step's solution and resolves when its checks pass. Errors as {@link bringToStep}. */
export async function solveStep(
  step: Lab['steps'][number],
  { workstation, watcher, signal }: Pick<CheckpointOptions, 'workstation' | 'watcher' | 'signal'>,
): Promise<void> {
  const { id } = step;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SOLUTION_MS)]);
  await workstation.exec(['bash', '-c', solutionCommand(step)], { signal: limit });
  const deadline = performance.now() + PASS_MS;
  for (;;) {
    const ask = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
    const open = (await watcher.ask(id, ask)).filter(({ outcome }) => outcome !== 'pass');
    if (open.length === 0) return;
    if (performance.now() > deadline) throw failed(id, open);
    await delay(POLL_MS, undefined, { signal });
  }
}

function failed(step: string, open: CheckResult[]): LabError {
  const checks = open.map(({ check, outcome }) => `${check} (${outcome})`).join(', ');
  return new LabError(
    'LAB_CHECKPOINT_FAILED',
    `The solution of step ${step} ran, but its checks do not pass: ${checks}.`,
  );
}
