import { Mutex } from '../../src/async.ts';
import { type LabError, toLabError } from '../errors.ts';
import type { Sandbox } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import type { Activity } from './activity.ts';

/** A session without viewers is frozen after a minute at the latest. */
const UNWATCHED_MS = 60_000;
const POLL_MS = 5_000;
/**
 * A sandbox that is gone fails at once. One that does not answer holds a learner's work, and the
 * machine may only be busy, so it gets several attempts.
 */
const THAW_ATTEMPTS = 6;

export interface IdleFreezerOptions {
  sandbox: Sandbox;
  activity: Activity;
  /** Freezes after this long without use, in milliseconds; 0 means never. */
  idleMs: number;
  /** Ends all freezing and thawing. */
  signal: AbortSignal;
  log: Log;
  onFrozen: () => Promise<void>;
  onThawed: () => void;
  /** The sandbox does not wake, and the session cannot continue. */
  onLost: (error: LabError) => void;
}

/** Freezes a sandbox while it is idle, and wakes it at the next use; one action at a time. */
export class IdleFreezer implements AsyncDisposable {
  readonly #options: IdleFreezerOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #actions = new Mutex();
  #isFrozen = false;
  #isFreezing = false;
  #lost: LabError | undefined;

  constructor(options: IdleFreezerOptions) {
    const { activity, idleMs } = options;
    this.#options = options;
    activity.onUse = () => {
      if (this.#isFrozen || this.#isFreezing) this.awake().catch(() => undefined);
    };
    if (idleMs === 0) return;
    const poll = (): void => {
      if (this.#isDue() && !this.#isFreezing) void this.#freeze();
    };
    this.#timer = setInterval(poll, Math.min(POLL_MS, idleMs / 4)).unref();
  }

  /**
   * Resolves when the sandbox is awake. Rejects with `LAB_SANDBOX_LOST`, or the signal's reason.
   */
  async awake(): Promise<void> {
    await this.whileAwake(async () => Promise.resolve());
  }

  /**
   * Wakes the sandbox and keeps it awake until `work` is done. Rejects as {@link awake}, or with
   * what `work` rejects with.
   */
  async whileAwake<T>(work: () => Promise<T>): Promise<T> {
    return this.#actions.run(async () => {
      await this.#thaw();
      return work();
    });
  }

  /**
   * Thaws a sandbox that is awake, which repairs a cluster after its clock was set back. A frozen
   * one stays frozen: its next thaw does the same. Never rejects.
   */
  async refresh(): Promise<void> {
    const { sandbox, signal, log } = this.#options;
    await this.#actions.run(async () => {
      if (this.#isFrozen || signal.aborted) return;
      await sandbox.thaw(signal).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, 'a sandbox could not be refreshed');
      });
    });
  }

  /** Resolves when no freeze and no thaw is running. Abort the signal first. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#options.activity.onUse = () => undefined;
    await this.#actions.idle();
  }

  #isDue(): boolean {
    const { activity, idleMs } = this.#options;
    const limit = activity.viewers > 0 ? idleMs : Math.min(idleMs, UNWATCHED_MS);
    return !this.#isFrozen && activity.idleMs >= limit;
  }

  /** Never rejects. */
  async #freeze(): Promise<void> {
    this.#isFreezing = true;
    await this.#actions.run(async () => {
      const { sandbox, signal, log, onFrozen } = this.#options;
      try {
        if (!this.#isDue()) return;
        await sandbox.freeze(signal);
        this.#isFrozen = true;
        await onFrozen();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, 'a sandbox could not be frozen');
        // Otherwise the next poll would try again.
        this.#options.activity.use();
      } finally {
        this.#isFreezing = false;
      }
    });
  }

  async #thaw(): Promise<void> {
    if (!this.#isFrozen) return;
    const { signal, onThawed, onLost } = this.#options;
    if (this.#lost !== undefined) throw this.#lost;
    signal.throwIfAborted();
    try {
      await this.#tryToThaw();
    } catch (error) {
      if (!signal.aborted) {
        this.#lost = toLabError(error, 'LAB_SANDBOX_LOST');
        onLost(this.#lost);
      }
      throw error;
    }
    this.#isFrozen = false;
    onThawed();
  }

  async #tryToThaw(): Promise<void> {
    const { sandbox, signal, log } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await sandbox.thaw(signal);
        return;
      } catch (error) {
        if (signal.aborted || attempt === THAW_ATTEMPTS) throw error;
        log.warn({ err: error, attempt }, 'a sandbox does not wake');
      }
    }
  }
}
