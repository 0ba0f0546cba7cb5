import { setTimeout as delay } from 'node:timers/promises';
import type { RealProvider } from './real-provider.ts';

/** A Java process takes and returns hundreds of MiB within seconds. */
const SAMPLE_MS = 1_000;

/**
 * Samples the memory of a sandbox once a second until it is disposed, and keeps the maximum.
 * Disposing it awaits the current sample.
 */
export class PeakMemory implements AsyncDisposable {
  #mib: number | undefined;
  #problem: unknown;
  readonly #sample: () => Promise<void>;
  readonly #over = new AbortController();
  readonly #watched: Promise<void>;

  constructor(
    provider: Pick<RealProvider, 'memoryMib'>,
    sessionId: string,
    sampleMs: number = SAMPLE_MS,
  ) {
    this.#sample = async () => {
      try {
        this.#mib = Math.max(this.#mib ?? 0, await provider.memoryMib(sessionId));
      } catch (error) {
        this.#problem = error;
      }
    };
    this.#watched = this.#watch(sampleMs);
  }

  /**
   * The maximum so far. Takes one more sample, because work shorter than a second may have had
   * none. Rejects when no sample has succeeded. A single failure is fine: a sandbox that goes away
   * has no memory to measure.
   */
  async mib(): Promise<number> {
    await this.#sample();
    if (this.#mib !== undefined) return this.#mib;
    throw new Error('the memory of the sandbox could not be measured', { cause: this.#problem });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watched;
  }

  async #watch(sampleMs: number): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#sample();
      await delay(sampleMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
