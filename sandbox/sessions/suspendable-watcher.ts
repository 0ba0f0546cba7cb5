import type { CheckResult } from '../../src/protocol/checks.ts';
import type { ClusterObject } from '../../src/protocol/events.ts';
import type { LabWatcher } from '../checks/lab-watcher.ts';

/**
 * Watches a session's lab while its sandbox is awake. A frozen API server would break every watch,
 * so each thaw gets a new watcher, which starts from the results of the one before.
 */
export class SuspendableWatcher implements AsyncDisposable {
  readonly #watch: (known: readonly CheckResult[]) => LabWatcher;
  #current: LabWatcher;

  /** @param watch starts a watcher that knows these results */
  constructor(watch: (known: readonly CheckResult[]) => LabWatcher) {
    this.#watch = watch;
    this.#current = watch([]);
  }

  /** Ends the watch and keeps the results and the picture. */
  async suspend(): Promise<void> {
    await this.#current[Symbol.asyncDispose]();
  }

  /** Watches again. Call it only after {@link suspend}. */
  resume(): void {
    this.#current = this.#watch(this.results());
  }

  /** As {@link LabWatcher.results}. */
  results(): CheckResult[] {
    return this.#current.results();
  }

  /** As {@link LabWatcher.objects}. */
  objects(): ClusterObject[] {
    return this.#current.objects();
  }

  /** As {@link LabWatcher.ask}; `LAB_SESSION_ENDED` while suspended. */
  async ask(step: string, signal: AbortSignal): Promise<CheckResult[]> {
    return this.#current.ask(step, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.suspend();
  }
}
