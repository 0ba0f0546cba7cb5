import { setTimeout as delay } from 'node:timers/promises';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { Lab } from '../../src/protocol/lab.ts';
import type { LabWatcher } from '../checks/lab-watcher.ts';
import { LabError } from '../errors.ts';
import type { Workstation } from '../provider.ts';

/** The longest step runs Spark twice. */
const SOLUTION_MS = 300_000;
/** A step may need some seconds after its last command: pods start, nodes report. */
const PASS_MS = 60_000;
const ASK_MS = 15_000;
const ASK_AGAIN_MS = 300;

export interface CheckpointOptions {
  lab: Lab;
  /** The step that is to begin. */
  step: string;
  workstation: Workstation;
  watcher: Pick<LabWatcher, 'ask'>;
  signal: AbortSignal;
}

/**
 * Brings a new cluster to where a step of its lab begins: runs the solutions of the steps before it, and waits after each until its checks pass.
 * Errors: `LAB_STEP_UNKNOWN`, `LAB_CHECKPOINT_FAILED`; rejects with the signal's reason when aborted.
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

/** A step's solution for one shell: a later block may use what an earlier one has set, as in the learner's terminal. */
export function solutionCommand({ solution }: Lab['steps'][number]): string {
  return solution.join('\n');
}

/** Runs the solution of a step, and resolves when its checks pass. Errors as {@link bringToStep}. */
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
    await delay(ASK_AGAIN_MS, undefined, { signal });
  }
}

function failed(step: string, open: CheckResult[]): LabError {
  const checks = open.map(({ check, outcome }) => `${check} (${outcome})`).join(', ');
  return new LabError(
    'LAB_CHECKPOINT_FAILED',
    `The solution of step ${step} ran, and its checks do not pass: ${checks}.`,
  );
}
