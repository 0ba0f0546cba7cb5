import type { CheckResult } from '../protocol/checks.ts';

export type Outcome = CheckResult['outcome'];

/**
 * What a step shows of its checks. Until the learner starts the step, a failing check is merely
 * pending: "not yet" about something untried would be noise. A completed step stays complete,
 * because later steps may well undo its work.
 */
export class StepChecks {
  readonly #ids: readonly string[];
  readonly #results = new Map<string, CheckResult>();
  readonly #firstSeen = new Map<string, string>();
  #hasStarted = false;
  #complete = false;

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** The learner has run something of this step. */
  start(): void {
    this.#hasStarted = true;
  }

  /**
   * Takes a result. During the learner's turn at the step, a change in what a check sees means that
   * they have started.
   */
  accept(result: CheckResult, isTurn: boolean): void {
    this.#results.set(result.check, result);
    if (result.outcome === 'pass') this.#hasStarted = true;
    if (result.outcome === 'fail') {
      const seen = JSON.stringify(result.evidence?.seen ?? []);
      const before = this.#firstSeen.get(result.check);
      if (isTurn && before !== undefined && before !== seen) this.#hasStarted = true;
      if (!isTurn || before === undefined) this.#firstSeen.set(result.check, seen);
    }
    this.#complete ||= this.#ids.every((id) => this.#results.get(id)?.outcome === 'pass');
  }

  /** What to show for a check. */
  outcome(id: string): Outcome {
    if (this.#complete) return 'pass';
    const outcome = this.#results.get(id)?.outcome ?? 'pending';
    return outcome === 'pass' || this.#hasStarted ? outcome : 'pending';
  }

  result(id: string): CheckResult | undefined {
    return this.#results.get(id);
  }
}
