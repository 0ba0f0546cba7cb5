/**
 * Concurrency and abort helpers that the site and the server share, so nothing here may need
 * Node.js or the DOM beyond what both have.
 */

/** Runs at most `size` tasks at once; the others wait and start in the order of the calls. */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  /** Settles as `task` does. A task that fails makes way for the next like any other. */
  async run<T>(task: () => T | Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** Runs one task after another, in the order of the calls. */
export class Mutex extends Semaphore {
  constructor() {
    super(1);
  }

  /** Resolves when everything queued so far has ended, whether it succeeded or failed. */
  async idle(): Promise<void> {
    await this.run(() => undefined);
  }
}

/**
 * Settles as `promise` does, or rejects with the signal's reason as soon as that is aborted. The
 * work behind the promise continues; its result, or its failure, is then ignored.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A signal that is aborted with `signal`, or with a `TimeoutError` after `ms`. */
export function withTimeout(signal: AbortSignal | undefined, ms: number): AbortSignal {
  const timeout = AbortSignal.timeout(ms);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}

/** Resolves after `ms`. Rejects with the signal's reason when that is aborted first. */
export async function delay(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export interface UntilOptions {
  /** What is waited for, for the error message: "the pods are Ready". */
  what?: string;
  signal?: AbortSignal | undefined;
  /** Time between an answer and the next question. */
  pollMs?: number;
  /** Gives up after this long. Without it, only `signal` ends the wait. */
  timeoutMs?: number;
  /** A question without an answer after this long counts as "no", and is asked again. */
  attemptMs?: number;
}

/**
 * Asks until the answer is yes; a question that throws counts as no. Rejects with the signal's
 * reason when aborted, or after `timeoutMs` with an error whose cause is the last failure.
 */
export async function until(
  ask: (signal: AbortSignal) => boolean | Promise<boolean>,
  options: UntilOptions = {},
): Promise<void> {
  const { what = 'the condition', signal } = options;
  const { pollMs = 100, timeoutMs = Infinity, attemptMs = Infinity } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const msLeft = Math.max(0, Math.ceil(deadline - performance.now()));
      if (await attempt(ask, signal, Math.min(attemptMs, msLeft))) return;
      cause = undefined;
    } catch (error) {
      // A question cut off by the deadline says less than the failure before it.
      if (cause === undefined || performance.now() < deadline) cause = error;
    }
    signal?.throwIfAborted();
    if (performance.now() >= deadline) {
      throw new Error(`not within ${timeoutMs / 1000} s: ${what}`, { cause });
    }
    await delay(Math.min(pollMs, deadline - performance.now()), signal);
  }
}

/** The signal that `ask` gets is aborted when its answer is no longer awaited. */
async function attempt(
  ask: (signal: AbortSignal) => boolean | Promise<boolean>,
  signal: AbortSignal | undefined,
  ms: number,
): Promise<boolean> {
  const unlimited = AbortSignal.any(signal === undefined ? [] : [signal]);
  const limit = ms === Infinity ? unlimited : withTimeout(signal, ms);
  limit.throwIfAborted();
  return unlessAborted(Promise.resolve(ask(limit)), limit);
}
