import { setTimeout as delay } from 'node:timers/promises';
import type { LabWatcher } from '../../sandbox/checks/lab-watcher.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { solutionCommand } from '../../sandbox/sessions/checkpoint.ts';
import { withTimeout } from '../../src/async.ts';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { Lab } from '../../src/protocol/lab.ts';
import type { LessonRecord } from '../../src/protocol/record.ts';
import type { RealProvider } from '../support/real-provider.ts';
import type { RecordingTerminal } from './recording-terminal.ts';

/** After the last command of a step, pods start and nodes report for some seconds. */
const PATIENCE_MS = 60_000;
export const COMMAND_MS = 300_000;
const ASK_MS = 15_000;
const ASK_AGAIN_MS = 300;
/** Learners read between two blocks, and the text describes what they see after that. */
const READ_MS = 2_000;

type LabStep = Lab['steps'][number];

/** A claim of the lesson that did not hold. */
export interface Failure {
  step: string;
  /** In words. */
  claim: string;
  /** What the proof saw instead. */
  seen: string;
}

export interface ProofOptions {
  lab: Lab;
  provider: RealProvider;
  /**
   * `typed`: types each block into the learner's terminal, and records it. `replayed`: makes the
   * wrong attempts, then runs each step's solution as the server does for a later step.
   */
  mode: 'typed' | 'replayed';
  /** Starts at this step, and proves no other. */
  only?: string | undefined;
  /** How long a check may take to give the claimed answer. */
  patienceMs?: number;
  /** Aborts the proof, which then rejects. */
  signal?: AbortSignal;
  /** Receives the name of each step as its proof starts. */
  onProgress?: (line: string) => void;
}

/** What a proof works with; the caller disposes it. */
export interface Testbed {
  sandbox: Sandbox;
  watcher: LabWatcher;
  terminal: RecordingTerminal | undefined;
}

/** Proves the steps of a lab one after the other, and collects what their blocks print. */
export class StepProver {
  readonly failures: Failure[] = [];
  readonly steps: LessonRecord['steps'] = {};
  held = 0;
  readonly #options: ProofOptions;
  readonly #testbed: Testbed;

  constructor(options: ProofOptions, testbed: Testbed) {
    this.#options = options;
    this.#testbed = testbed;
  }

  async prove(step: LabStep): Promise<void> {
    this.#options.onProgress?.(`step ${step.id}`);
    if (Object.keys(step.checks).length > 0) {
      await this.#failsBefore(step);
      // Wrong attempts leave revisions and events behind, so the recorded run makes none.
      const isRecorded = this.#options.mode === 'typed' && this.#options.only === undefined;
      const attempts = isRecorded ? [] : step.wrong;
      for (const attempt of attempts) await this.#failsOn(step, attempt);
    }
    await this.#solves(step);
  }

  async #failsBefore({ id, checks }: LabStep): Promise<void> {
    const results = await this.#askUntil(id, isSettled);
    for (const check of Object.keys(checks)) {
      const result = results.find((each) => each.check === check);
      const isExplained = (result?.evidence?.seen.length ?? 0) > 0;
      this.#expect(id, `check ${check} fails before the step, and says why`, {
        holds: result?.outcome === 'fail' && isExplained,
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
    // The quotes in the evidence are escaped, too.
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
    const { terminal } = this.#testbed;
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

  /** Returns whether every block ended. */
  async #types({ id, solution }: LabStep, terminal: RecordingTerminal): Promise<boolean> {
    const { signal } = this.#options;
    const records = (this.steps[id] ??= []);
    for (const [i, block] of solution.entries()) {
      if (i > 0) await delay(READ_MS, undefined, { signal });
      try {
        records.push(await terminal.run(block, COMMAND_MS));
      } catch (error) {
        signal?.throwIfAborted();
        this.#expect(id, `block ${i + 1} ("${firstLine(block)}") ends`, {
          holds: false,
          seen: error instanceof Error ? error.message : String(error),
        });
        return false;
      }
    }
    return true;
  }

  /** What the blocks of the step printed, to help find the reason of a failure. */
  #outputs({ id }: LabStep): string[] {
    return (this.steps[id] ?? []).map(({ text }, i) => `block ${i + 1} printed:\n${text}`);
  }

  #expect(step: string, claim: string, { holds, seen }: { holds: boolean; seen: string }): void {
    if (holds) this.held += 1;
    else this.failures.push({ step, claim, seen });
  }

  /** Asks until the answers are as wanted or patience ends, and returns the last ones. */
  async #askUntil(
    step: string,
    isWanted: (results: CheckResult[]) => boolean,
  ): Promise<CheckResult[]> {
    const { signal, patienceMs = PATIENCE_MS } = this.#options;
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const results = await this.#testbed.watcher.ask(step, withTimeout(signal, ASK_MS));
      if (isWanted(results) || Date.now() > deadline) return results;
      await delay(ASK_AGAIN_MS, undefined, { signal });
    }
  }

  /** Runs `text` outside of the terminal. It must end; its exit code does not matter to a proof. */
  async #shell(step: string, text: string): Promise<string> {
    const { signal } = this.#options;
    const limit = withTimeout(signal, COMMAND_MS);
    const { workstation } = this.#testbed.sandbox;
    try {
      const { output } = await workstation.exec(['bash', '-c', text], { signal: limit });
      return output.trim();
    } catch (error) {
      signal?.throwIfAborted();
      if (!limit.aborted) throw error;
      const claim = `"${firstLine(text)}" ends`;
      this.#expect(step, claim, { holds: false, seen: `not within ${COMMAND_MS / 1000} s` });
      return '';
    }
  }
}

/** Right after the previous step, a check may still see objects that are being deleted. */
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
