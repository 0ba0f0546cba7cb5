/**
 * Two clusters that start side by side already slow each other down on a small machine; with more,
 * all would time out.
 */
const STARTS_AT_ONCE = 2;

/** Lets at most two cold starts run at once; the others wait in the order of the calls. */
export class StartQueue {
  /** Starts that wait, the first in line first. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  get waiting(): number {
    return this.#waiting.size;
  }

  get isStarting(): boolean {
    return this.#running > 0;
  }

  /**
   * Settles as `start` does; calls it at once when it need not wait. Rejects with the signal's
   * reason when that is aborted while it waits; a start that runs must watch the signal itself.
   */
  async run<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running < STARTS_AT_ONCE) this.#running += 1;
    else await this.#turn(signal);
    try {
      return await start();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Resolves when a start that ends has left its turn to this one. */
  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const go = (): void => {
      this.#waiting.delete(go);
      signal.removeEventListener('abort', leave);
      resolve(undefined);
    };
    const leave = (): void => {
      this.#waiting.delete(go);
      reject(signal.reason);
    };
    this.#waiting.add(go);
    signal.addEventListener('abort', leave, { once: true });
    await promise;
  }
}
