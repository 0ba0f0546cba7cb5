import { watchLab } from '../../sandbox/checks/lab-watcher.ts';
import { bringToStep } from '../../sandbox/sessions/checkpoint.ts';
import { versions } from '../../sandbox/versions.ts';
import { defaultLocale } from '../../src/i18n/locale.ts';
import { solutionHash } from '../../src/lessons/record.ts';
import type { LessonRecord } from '../../src/protocol/record.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { quiet } from '../support/quiet.ts';
import { withTimeout } from '../../src/async.ts';
import { COLUMNS, RecordingTerminal, ROWS } from './recording-terminal.ts';
import { COMMAND_MS, type Failure, type ProofOptions, StepProver } from './step-prover.ts';

/** The default language is typed, the others are replayed. */
export function proofMode(locale: string): ProofOptions['mode'] {
  return locale === defaultLocale ? 'typed' : 'replayed';
}

export interface ProofReport {
  failures: Failure[];
  /** How many claims held. */
  held: number;
  seconds: number;
  /** Only of a whole proof that was typed and in which every claim held. */
  record?: LessonRecord;
}

/**
 * Proves a lesson in its own sandbox. The checks of each step must fail before it, fail on each
 * wrong attempt with evidence that shows the difference, and pass after its solution. The sandbox
 * is gone when this settles.
 *
 * @throws LabError when no sandbox starts
 */
export async function proveLesson(options: ProofOptions): Promise<ProofReport> {
  const { lab, provider, mode, only, signal } = options;
  const startedAt = performance.now();
  await using sandbox = await provider.start(lab.profile, signal);
  await using memory = new PeakMemory(provider, sandbox.sessionId);
  await using watcher = watchLab({
    cluster: sandbox.cluster,
    lab,
    log: quiet,
    onCheck: () => undefined,
    onCluster: () => undefined,
  });
  using terminal =
    mode === 'typed' ? await RecordingTerminal.open(sandbox.workstation, signal) : undefined;
  const prover = new StepProver(options, { sandbox, watcher, terminal });
  if (only !== undefined) {
    const { workstation } = sandbox;
    const limit = withTimeout(signal, COMMAND_MS * 3);
    await bringToStep({ lab, step: only, workstation, watcher, signal: limit });
  }
  for (const step of lab.steps) {
    if (only !== undefined && only !== step.id) continue;
    await prover.prove(step);
    // Later steps build on this one, so their failures would say nothing.
    if (prover.failures.length > 0) break;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { failures, held, steps } = prover;
  const report = { failures, held, seconds };
  if (failures.length > 0 || mode !== 'typed' || only !== undefined) return report;
  const record: LessonRecord = {
    lab: lab.id,
    solution: solutionHash(lab),
    kubernetes: `v${versions.kubernetes}`,
    date: new Date().toISOString().slice(0, 10),
    minutes: Math.round(seconds / 6) / 10,
    memoryMib: await memory.mib(),
    columns: COLUMNS,
    rows: ROWS,
    steps,
  };
  return { ...report, record };
}
