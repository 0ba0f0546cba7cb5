export interface Rate {
  bytesPerSecond: number;
  burstBytes: number;
}

/**
 * A token bucket that tells how long to stop reading. Input that is too fast waits at its sender;
 * nothing is dropped.
 */
export class InputRate {
  readonly #rate: Rate;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = rate.burstBytes;
    this.#at = now();
  }

  /**
   * Counts received bytes. Returns the milliseconds to wait before reading more: 0 within the rate.
   */
  take(bytes: number): number {
    const now = this.#now();
    const { bytesPerSecond, burstBytes } = this.#rate;
    const earned = ((now - this.#at) / 1_000) * bytesPerSecond;
    this.#tokens = Math.min(burstBytes, this.#tokens + earned) - bytes;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / bytesPerSecond) * 1_000;
  }
}
