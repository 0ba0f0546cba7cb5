import { setTimeout as delay } from 'node:timers/promises';
import { type LabWatcher, watchLab } from '../../sandbox/checks/lab-watcher.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { bringToStep, solutionCommand } from '../../sandbox/sessions/checkpoint.ts';
import { versions } from '../../sandbox/versions.ts';
import { defaultLocale } from '../../src/i18n/locale.ts';
import { solutionHash } from '../../src/lessons/record.ts';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { Lab } from '../../src/protocol/lab.ts';
import type { LessonRecord } from '../../src/protocol/record.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { quiet } from '../support/quiet.ts';
import type { RealProvider } from '../support/real-provider.ts';
import { withTimeout } from '../../src/async.ts';
import { COLUMNS, RecordingTerminal, ROWS } from './recording-terminal.ts';

/** A step may need some seconds after its last command: pods start, nodes report. */
const PATIENCE_MS = 60_000;
const COMMAND_MS = 300_000;
const ASK_MS = 15_000;
const ASK_AGAIN_MS = 300;
/** Between two blocks a learner reads; what they see then is what the text speaks of. */
const READ_MS = 2_000;

type LabStep = Lab['steps'][number];

/** What a lesson promises and its proof did not see. */
export interface Failure {
  step: string;
  /** Which promise: for people. */
  promise: string;
  /** What was seen instead. */
  seen: string;
}

export interface ProofOptions {
  lab: Lab;
  provider: RealProvider;
  /**
   * `typed`: each block is typed into the learner's terminal, and recorded. `replayed`: each step's solution runs as the server runs it to bring a session to a later step; before it, the wrong
   * attempts are made.
   */
  way: 'typed' | 'replayed';
  /** Begins at this step, and proves it alone. */
  only?: string | undefined;
  /** How long an answer may take to be as promised. */
  patienceMs?: number;
  /** Ends the proof; then it rejects. */
  signal?: AbortSignal;
  onProgress?: (line: string) => void;
}

/** One language is typed; the others are replayed. */
export function wayOf(locale: string): ProofOptions['way'] {
  return locale === defaultLocale ? 'typed' : 'replayed';
}

export interface ProofReport {
  failures: Failure[];
  /** How many promises were kept. */
  kept: number;
  seconds: number;
  /** Of a whole proof that was typed and kept every promise. */
  record?: LessonRecord;
}

/**
 * Proves a lesson in a sandbox of its own: the checks of each step fail before it, and on each of its wrong attempts with evidence that shows the difference, and pass after
 * its solution. What it started it has removed when it resolves. Rejects when there is no sandbox to be had.
 */
export async function proveLesson(options: ProofOptions): Promise<ProofReport> {
  const { lab, provider, way, only, signal } = options;
  const begun = performance.now();
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
    way === 'typed' ? await RecordingTerminal.open(sandbox.workstation, signal) : undefined;
  const proof = new Proof(options, { sandbox, watcher, terminal });
  if (only !== undefined) {
    const { workstation } = sandbox;
    const limit = withTimeout(signal, COMMAND_MS * 3);
    await bringToStep({ lab, step: only, workstation, watcher, signal: limit });
  }
  for (const step of lab.steps) {
    if (only !== undefined && only !== step.id) continue;
    await proof.prove(step);
    // What comes after a step that failed says nothing about the lesson.
    if (proof.failures.length > 0) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  const { failures, kept, steps } = proof;
  const report = { failures, kept, seconds };
  if (failures.length > 0 || way !== 'typed' || only !== undefined) return report;
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

interface Bench {
  sandbox: Sandbox;
  watcher: LabWatcher;
  terminal: RecordingTerminal | undefined;
}

class Proof {
  readonly failures: Failure[] = [];
  readonly steps: LessonRecord['steps'] = {};
  kept = 0;
  readonly #options: ProofOptions;
  readonly #bench: Bench;

  constructor(options: ProofOptions, bench: Bench) {
    this.#options = options;
    this.#bench = bench;
  }

  async prove(step: LabStep): Promise<void> {
    this.#options.onProgress?.(`step ${step.id}`);
    if (Object.keys(step.checks).length > 0) {
      await this.#failsBefore(step);
      // The record is of a run without them: they leave revisions and events behind.
      const isRecorded = this.#options.way === 'typed' && this.#options.only === undefined;
      const attempts = isRecorded ? [] : step.wrong;
      for (const attempt of attempts) await this.#failsOn(step, attempt);
    }
    await this.#solves(step);
  }

  async #failsBefore({ id, checks }: LabStep): Promise<void> {
    const results = await this.#askUntil(id, isSettled);
    for (const check of Object.keys(checks)) {
      const result = results.find((each) => each.check === check);
      const isTold = (result?.evidence?.seen.length ?? 0) > 0;
      this.#expect(id, `check ${check} fails before the step, and says why`, {
        holds: result?.outcome === 'fail' && isTold,
        seen: describeResult(result),
      });
    }
  }

  async #failsOn(
    step: LabStep,
    { run, undo, fails, shows }: LabStep['wrong'][number],
  ): Promise<void> {
    const output = await this.#shell(step.id, run);
    const evidenceOf = (results: CheckResult[]): string =>
      JSON.stringify(results.map(({ evidence }) => evidence));
    // JSON escapes what a text has of quotes.
    const wanted = JSON.stringify(shows).slice(1, -1);
    const results = await this.#askUntil(step.id, (all) => evidenceOf(all).includes(wanted));
    const attempt = `on the wrong attempt "${firstLine(run)}"`;
    for (const check of fails) {
      const result = results.find((each) => each.check === check);
      const seen = describeResult(result);
      this.#expect(step.id, `check ${check} fails ${attempt}`, {
        holds: result?.outcome === 'fail',
        seen: `${seen}\nThe attempt printed: ${output}`,
      });
    }
    this.#expect(step.id, `the evidence shows "${shows}" ${attempt}`, {
      holds: evidenceOf(results).includes(wanted),
      seen: results.map(describeResult).join('\n'),
    });
    if (undo !== undefined) await this.#shell(step.id, undo);
  }

  async #solves(step: LabStep): Promise<void> {
    const { terminal } = this.#bench;
    if (terminal === undefined) await this.#shell(step.id, solutionCommand(step));
    else if (!(await this.#types(step, terminal))) return;
    const results = await this.#askUntil(step.id, (all) =>
      all.every(({ outcome }) => outcome === 'pass'),
    );
    for (const result of results) {
      this.#expect(step.id, `check ${result.check} passes after the solution`, {
        holds: result.outcome === 'pass',
        seen: [describeResult(result), ...this.#outputs(step)].join('\n'),
      });
    }
  }

  /** Returns whether every block came to its end. */
  async #types({ id, solution }: LabStep, terminal: RecordingTerminal): Promise<boolean> {
    const { signal } = this.#options;
    const records = (this.steps[id] ??= []);
    for (const [i, block] of solution.entries()) {
      if (i > 0) await delay(READ_MS, undefined, { signal });
      try {
        records.push(await terminal.run(block, COMMAND_MS));
      } catch (error) {
        signal?.throwIfAborted();
        this.#expect(id, `block ${i + 1} ("${firstLine(block)}") comes to its end`, {
          holds: false,
          seen: error instanceof Error ? error.message : String(error),
        });
        return false;
      }
    }
    return true;
  }

  /** What the step's blocks printed, for who has to find out why it failed. */
  #outputs({ id }: LabStep): string[] {
    return (this.steps[id] ?? []).map(({ text }, i) => `block ${i + 1} printed:\n${text}`);
  }

  #expect(step: string, promise: string, { holds, seen }: { holds: boolean; seen: string }): void {
    if (holds) this.kept += 1;
    else this.failures.push({ step, promise, seen });
  }

  /** Asks until the answers are as wished, and returns the last ones. */
  async #askUntil(
    step: string,
    isWished: (results: CheckResult[]) => boolean,
  ): Promise<CheckResult[]> {
    const { signal, patienceMs = PATIENCE_MS } = this.#options;
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const results = await this.#bench.watcher.ask(step, withTimeout(signal, ASK_MS));
      if (isWished(results) || Date.now() > deadline) return results;
      await delay(ASK_AGAIN_MS, undefined, { signal });
    }
  }

  /** Outside of the terminal. Its exit code is no failure of the proof, the checks decide; but it must come to its end. */
  async #shell(step: string, text: string): Promise<string> {
    const { signal } = this.#options;
    const limit = withTimeout(signal, COMMAND_MS);
    const { workstation } = this.#bench.sandbox;
    try {
      const { output } = await workstation.exec(['bash', '-c', text], { signal: limit });
      return output.trim();
    } catch (error) {
      signal?.throwIfAborted();
      if (!limit.aborted) throw error;
      const promise = `"${firstLine(text)}" comes to its end`;
      this.#expect(step, promise, { holds: false, seen: `not within ${COMMAND_MS / 1000} s` });
      return '';
    }
  }
}

/** Just after the step before, a check may still see what is going away. */
function isSettled(results: CheckResult[]): boolean {
  return results.every(({ outcome }) => outcome === 'fail');
}

function describeResult(result: CheckResult | undefined): string {
  if (result === undefined) return 'the check was not asked';
  const { check, outcome, evidence, problem } = result;
  const seen = evidence?.seen.map((line) => `  seen: ${line}`) ?? [];
  const events = evidence?.events.map(({ reason, message }) => `  event: ${reason}: ${message}`);
  return [
    `${check}: ${outcome}${problem === undefined ? '' : `, ${problem}`}`,
    ...(evidence === undefined ? [] : [`  expected: ${evidence.expected}`]),
    ...seen,
    ...(events ?? []),
  ].join('\n');
}

function firstLine(text: string): string {
  const [first = '', ...more] = text.trim().split('\n');
  return more.length > 0 ? `${first} …` : first;
}
