import { setTimeout as delay } from 'node:timers/promises';
import type { RealProvider } from './real-provider.ts';

/** A Java process takes and gives back hundreds of MiB within seconds. */
const LOOK_MS = 1_000;

/** Looks at the memory of a sandbox once a second, until it is disposed, and keeps the most. Whoever disposes it waits for the look that is under way. */
export class PeakMemory implements AsyncDisposable {
  #mib: number | undefined;
  #problem: unknown;
  readonly #look: () => Promise<void>;
  readonly #over = new AbortController();
  readonly #watched: Promise<void>;

  constructor(
    provider: Pick<RealProvider, 'memoryMib'>,
    sessionId: string,
    lookMs: number = LOOK_MS,
  ) {
    this.#look = async () => {
      try {
        this.#mib = Math.max(this.#mib ?? 0, await provider.memoryMib(sessionId));
      } catch (error) {
        this.#problem = error;
      }
    };
    this.#watched = this.#watch(lookMs);
  }

  /** The most so far and now: it looks once more, since what is over within a second may never have been looked at. Rejects when no look has succeeded. One that fails beside others is fine: a sandbox that goes away has no memory to look at. */
  async mib(): Promise<number> {
    await this.#look();
    if (this.#mib !== undefined) return this.#mib;
    throw new Error('the memory of the sandbox could not be looked at', { cause: this.#problem });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watched;
  }

  async #watch(lookMs: number): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#look();
      await delay(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
