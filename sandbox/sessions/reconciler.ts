import { clockOffsetMs } from '../clock.ts';
import type { SandboxPool, SandboxProvider } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import type { LearnerSession } from './session.ts';

const RECONCILE_MS = 30_000;
const SWEEP_MS = 60_000;

export interface ReconcilerOptions {
  provider: SandboxProvider;
  pool: SandboxPool;
  log: Log;
  /** The sessions that live. */
  sessions: () => readonly LearnerSession[];
  /** Whether a sandbox belongs to a session or to the pool. */
  isAlive: (sessionId: string) => boolean;
  end: (session: LearnerSession, reason: 'expired' | 'lost') => void;
}

/**
 * Compares the sessions with what exists, every 30 seconds: a session whose containers are gone is
 * lost, and containers without a session are removed. Also enforces time limits, because a machine
 * that slept has run no timers, and watches the clock.
 */
export class Reconciler implements Disposable {
  readonly #options: ReconcilerOptions;
  readonly #timer: NodeJS.Timeout;
  #clock = clockOffsetMs();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#reconcile(), RECONCILE_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async #reconcile(): Promise<void> {
    const { provider, pool, log, isAlive, end } = this.#options;
    const askedAt = performance.now();
    const running = this.#options.sessions().filter(({ isRunning }) => isRunning);
    for (const session of running) if (session.msLeft === 0) end(session, 'expired');
    this.#checkClock(running);
    try {
      const existing = await provider.list(AbortSignal.timeout(RECONCILE_MS / 2));
      for (const session of running) if (!existing.has(session.id)) end(session, 'lost');
      pool.reconcile(existing, askedAt);
      await provider.sweep(isAlive, AbortSignal.timeout(SWEEP_MS));
    } catch (error) {
      log.warn({ err: error }, 'the sandboxes could not be listed');
    }
  }

  /** A cluster suffers when its clock is set back, and a thaw repairs it. */
  #checkClock(running: readonly LearnerSession[]): void {
    const before = this.#clock;
    this.#clock = clockOffsetMs();
    const seconds = Math.round((this.#clock - before) / 1000);
    if (seconds === 0) return;
    this.#options.log.warn({ seconds }, 'the clock was set, or the machine slept');
    if (seconds > 0) return;
    for (const session of running) if (!session.hasEnded) session.repairClock();
  }
}
