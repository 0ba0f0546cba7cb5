import { imagesFor, missingImages, type NodeImage, type Profile } from '../../src/protocol/lab.ts';
import type { Sandbox } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';

/** A cluster that has just booted still has work to do, so it stays awake for this long. */
const REST_MS = 5_000;
const FREEZE_MS = 10_000;
/** Older members are replaced, so that no learner gets last week's cluster. */
const MAX_AGE_MS = 12 * 60 * 60 * 1000;
/** A member must outlive a whole session by this much. */
const MARGIN_MS = 10 * 60 * 1000;

export interface MemberOptions {
  sandbox: Sandbox;
  workers: number;
  /** When the sandbox's label allows a sweep to remove it. */
  expiresAt: Date;
  sessionSeconds: number;
  canFreeze: boolean;
  log: Log;
  onFreezeFailed: () => void;
}

/** When a new member expires: its session may start at the very end of the member's allowed age. */
export function memberExpiry(sessionSeconds: number): Date {
  return new Date(Date.now() + MAX_AGE_MS + sessionSeconds * 1000 + MARGIN_MS);
}

/** Whether the images that are there include all that are wanted. */
export function hasImages(there: readonly NodeImage[], wanted: readonly NodeImage[]): boolean {
  return missingImages(wanted, there).length === 0;
}

/** A sandbox of the pool: it rests for a moment, then stays frozen until a session takes it. */
export class Member {
  readonly sandbox: Sandbox;
  readonly workers: number;
  /** By the steady clock, in milliseconds. */
  readonly startedAt = performance.now();
  readonly #options: MemberOptions;
  readonly #rest: NodeJS.Timeout | undefined;
  #isFrozen = false;
  #freezing: Promise<void> = Promise.resolve();

  constructor(options: MemberOptions) {
    this.#options = options;
    this.sandbox = options.sandbox;
    this.workers = options.workers;
    if (!options.canFreeze) return;
    this.#rest = setTimeout(() => {
      this.#freezing = this.#freeze();
    }, REST_MS).unref();
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  fits(profile: Pick<Profile, 'workers' | 'images' | 'addons'>): boolean {
    const { sandbox, workers } = this;
    return workers === profile.workers && hasImages(sandbox.images, imagesFor(profile));
  }

  /**
   * Whether it outlives a whole session. Asks both clocks: the steady one stands still while the
   * machine sleeps, and the wall clock may be set.
   */
  isFresh(): boolean {
    const { expiresAt, sessionSeconds } = this.#options;
    const needed = Date.now() + sessionSeconds * 1000 + MARGIN_MS;
    const end = Math.min(expiresAt.getTime(), this.sandbox.validUntil.getTime());
    return performance.now() - this.startedAt < MAX_AGE_MS && end > needed;
  }

  /** Prevents a freeze that has not started. */
  keepAwake(): void {
    clearTimeout(this.#rest);
  }

  /** Resolves with whether a session may have it: it is fresh, alive and awake. Never rejects. */
  async wake(signal: AbortSignal): Promise<boolean> {
    await this.#freezing;
    if (!this.isFresh()) return false;
    try {
      await this.sandbox.thaw(signal);
      return !signal.aborted;
    } catch (error) {
      this.#warn(error, 'a warm sandbox does not wake');
      return false;
    }
  }

  /** Removes the sandbox. Never rejects: a sweep removes later what could not be removed now. */
  async remove(): Promise<void> {
    await this.#freezing;
    try {
      await this.sandbox[Symbol.asyncDispose]();
    } catch (error) {
      this.#warn(error, 'a warm sandbox could not be removed');
    }
  }

  async #freeze(): Promise<void> {
    try {
      await this.sandbox.freeze(AbortSignal.timeout(FREEZE_MS));
      this.#isFrozen = true;
    } catch (error) {
      this.#warn(error, 'a warm sandbox could not be frozen');
      this.#options.onFreezeFailed();
    }
  }

  #warn(error: unknown, text: string): void {
    this.#options.log.warn({ sessionId: this.sandbox.sessionId, err: error }, text);
  }
}
