import { setTimeout as delay } from 'node:timers/promises';
import type { CheckResult } from '../../src/protocol/checks.ts';
import type { LabWatcher } from '../checks/lab-watcher.ts';
import { type LabError, toLabError } from '../errors.ts';
import type { Sandbox, SandboxProvider } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import { bringToStep } from './checkpoint.ts';
import { equip } from './equip.ts';
import { IdleFreezer } from './idle-freezer.ts';
import { handleLabCommands } from './lab-commands.ts';
import type { EndReason, LearnerSession } from './session.ts';
import { SuspendableWatcher } from './suspendable-watcher.ts';
import { wakingTerminals } from './waking-terminals.ts';

const SWEEP_MS = 60_000;

/**
 * Starts to answer a session's checks and to follow its cluster, from the results that are known
 * already. The session disposes the result.
 */
export type WatchSession = (
  session: LearnerSession,
  sandbox: Sandbox,
  known: readonly CheckResult[],
) => LabWatcher;

export interface SessionRunnerOptions {
  provider: SandboxProvider;
  log: Log;
  freezeSeconds: number;
  watch: WatchSession;
  /** Whether a sandbox belongs to a session or to the pool. */
  isAlive: (sessionId: string) => boolean;
  end: (session: LearnerSession, reason: EndReason, error?: LabError) => void;
}

/** The life of one session with its sandbox: preparing it, using it, removing it. */
export class SessionRunner {
  readonly #options: SessionRunnerOptions;

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the session has ended and its sandbox is gone. Never rejects. If the sandbox is
   * there and no step must be solved, the session is ready as soon as this method returns.
   */
  async run(session: LearnerSession, sandbox: Sandbox | Promise<Sandbox>): Promise<void> {
    const { log } = this.#options;
    const { signal } = session.ending;
    try {
      await this.#use(session, sandbox instanceof Promise ? await sandbox : sandbox);
    } catch (error) {
      if (!signal.aborted) {
        const coded = toLabError(error);
        log.error({ sessionId: session.id, err: coded }, 'session failed');
        session.fail(coded);
      } else if (error !== signal.reason) {
        log.warn({ sessionId: session.id, err: error }, 'a sandbox could not be removed');
      }
    }
    await this.#sweep(session);
  }

  async #use(session: LearnerSession, sandbox: Sandbox): Promise<void> {
    await using lifetime = new AsyncDisposableStack();
    lifetime.use(sandbox);
    session.ending.signal.throwIfAborted();
    const equipping = equip(session, sandbox, this.#options.log);
    if (session.step !== undefined) {
      session.setState('booting');
      session.setStage('steps', 'start');
      await equipping;
      await this.#bringToStep(session, sandbox, session.step);
      session.setStage('steps', 'done');
    }
    this.#makeReady(session, sandbox, lifetime);
    await this.#untilEnd(session);
  }

  async #bringToStep(session: LearnerSession, sandbox: Sandbox, step: string): Promise<void> {
    const { lab, ending } = session;
    const { workstation } = sandbox;
    await using watcher = this.#options.watch(session, sandbox, []);
    await bringToStep({ lab, step, workstation, watcher, signal: ending.signal });
  }

  #makeReady(session: LearnerSession, sandbox: Sandbox, lifetime: AsyncDisposableStack): void {
    const { provider, watch, log, freezeSeconds, end } = this.#options;
    const { activity, ending, id } = session;
    const watcher = lifetime.use(new SuspendableWatcher((known) => watch(session, sandbox, known)));
    const freezer = lifetime.use(
      new IdleFreezer({
        sandbox,
        activity,
        idleMs: provider.canFreeze ? freezeSeconds * 1000 : 0,
        signal: ending.signal,
        log: log.child({ sessionId: id }),
        onFrozen: async () => {
          session.setState('frozen');
          await watcher.suspend();
        },
        onThawed: () => {
          watcher.resume();
          session.setState('ready');
        },
        onLost: (error) => end(session, 'lost', error),
      }),
    );
    const awake = async (): Promise<void> => freezer.awake();
    const terminals = wakingTerminals(sandbox.workstation, activity, awake);
    handleLabCommands(session, sandbox.labCommands);
    session.start({ sandbox, freezer, watcher, terminals });
    log.info({ sessionId: id, ms: Date.now() - session.createdAt.getTime() }, 'session ready');
  }

  /** Ends the session at its time limit. */
  async #untilEnd(session: LearnerSession): Promise<void> {
    const { signal } = session.ending;
    await delay(session.msLeft, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) this.#options.end(session, 'expired');
  }

  /** Removes what the removal of the sandbox left, for example while the engine was away. */
  async #sweep(session: LearnerSession): Promise<void> {
    const { provider, isAlive, log } = this.#options;
    const isOther = (id: string): boolean => id !== session.id && isAlive(id);
    try {
      await provider.sweep(isOther, AbortSignal.timeout(SWEEP_MS));
    } catch (error) {
      log.warn({ sessionId: session.id, err: error }, 'could not remove the sandbox, will retry');
    }
  }
}
