import { setTimeout as delay } from 'node:timers/promises';
import type { RealProvider } from './real-provider.ts';

/** A Java process takes and gives back hundreds of MiB within seconds. */
const LOOK_MS = 1_000;

/** Looks at the memory of a sandbox once a second, until it is disposed, and keeps the most. Whoever disposes it waits for the look that is under way. */
export class PeakMemory implements AsyncDisposable {
  /** The most so far; 0 before the first look. */
  mib = 0;
  /** Of a look that failed: a sandbox that goes away has no memory to look at. */
  problem: unknown;
  readonly #over = new AbortController();
  readonly #watched: Promise<void>;

  constructor(provider: Pick<RealProvider, 'memoryMib'>, sessionId: string) {
    this.#watched = this.#watch(async () => provider.memoryMib(sessionId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watched;
  }

  async #watch(look: () => Promise<number>): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        this.mib = Math.max(this.mib, await look());
      } catch (error) {
        this.problem = error;
      }
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
