import { setTimeout as delay } from 'node:timers/promises';
import type { RealProvider } from './real-provider.ts';

/** A Java process takes and gives back hundreds of MiB within seconds. */
const LOOK_MS = 1_000;

/** Looks at the memory of a sandbox once a second, until it is disposed, and keeps the most. Whoever disposes it waits for the look that is under way. */
export class PeakMemory implements AsyncDisposable {
  #mib: number | undefined;
  #problem: unknown;
  readonly #over = new AbortController();
  readonly #watched: Promise<void>;

  constructor(provider: Pick<RealProvider, 'memoryMib'>, sessionId: string) {
    this.#watched = this.#watch(async () => provider.memoryMib(sessionId));
  }

  /** The most so far. Throws when no look has succeeded. One that fails beside others is fine: a sandbox that goes away has no memory to look at. */
  get mib(): number {
    if (this.#mib !== undefined) return this.#mib;
    throw new Error('the memory of the sandbox could not be looked at', { cause: this.#problem });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watched;
  }

  async #watch(look: () => Promise<number>): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        this.#mib = Math.max(this.#mib ?? 0, await look());
      } catch (error) {
        this.#problem = error;
      }
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
