import { type LabError, toLabError } from '../errors.ts';
import type { Sandbox, TerminalConnection, Workstation } from '../provider.ts';
import type { Log } from '../telemetry/log.ts';
import type { Activity } from './activity.ts';

/** A sandbox that nobody looks at is frozen after a minute at the latest. */
const UNWATCHED_MS = 60_000;
const LOOK_MS = 5_000;
/** A sandbox that is gone says so at once; one that is silent holds somebody's work, and the machine may be busy. */
const THAW_TRIES = 6;

/** The terminals of a workstation. */
export type Terminals = Pick<Workstation, 'openTerminal'>;

export interface IdleFreezerOptions {
  sandbox: Sandbox;
  activity: Activity;
  /** How long nobody must have used it before it is frozen, in milliseconds; 0 is never. */
  idleMs: number;
  /** Ends all freezing and waking. */
  signal: AbortSignal;
  log: Log;
  onFrozen: () => Promise<void>;
  onThawed: () => void;
  /** It does not wake, and is of no more use. */
  onLost: (error: LabError) => void;
}

/** Freezes a sandbox that nobody uses, and wakes it as soon as somebody does: one thing after the other. */
export class IdleFreezer implements AsyncDisposable {
  /** Terminals of the sandbox, for which it wakes. */
  readonly terminals: Terminals;
  readonly #options: IdleFreezerOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #isFrozen = false;
  #isFreezing = false;
  #work: Promise<void> = Promise.resolve();
  #lost: LabError | undefined;

  constructor(options: IdleFreezerOptions) {
    const { activity, idleMs, sandbox } = options;
    this.#options = options;
    this.terminals = wakingTerminals(sandbox.workstation, activity, async () => this.awake());
    activity.onUse = () => {
      if (this.#isFrozen || this.#isFreezing) this.awake().catch(() => undefined);
    };
    if (idleMs === 0) return;
    const every = Math.min(LOOK_MS, idleMs / 4);
    this.#timer = setInterval(() => {
      if (this.#isDue() && !this.#isFreezing) void this.#freeze();
    }, every).unref();
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Resolves when the sandbox is awake. Rejects with `LAB_SANDBOX_LOST`, or the signal's reason. */
  async awake(): Promise<void> {
    await this.whileAwake(async () => Promise.resolve());
  }

  /** Does something for which the sandbox wakes, and does not freeze before it is done. Rejects as {@link awake}, or with what `work` rejects with. */
  async whileAwake<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(async () => {
      await this.#thaw();
      return work();
    });
    this.#work = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }

  /** Resolves when it is neither freezing nor waking any more; the signal should be aborted before. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#options.activity.onUse = () => undefined;
    await this.#work;
  }

  #isDue(): boolean {
    const { activity, idleMs } = this.#options;
    const limit = activity.viewers > 0 ? idleMs : Math.min(idleMs, UNWATCHED_MS);
    return !this.#isFrozen && activity.idleMs >= limit;
  }

  /** Never rejects. */
  async #freeze(): Promise<void> {
    this.#isFreezing = true;
    this.#work = this.#work.then(async () => {
      const { sandbox, signal, log, onFrozen } = this.#options;
      try {
        if (!this.#isDue()) return;
        await sandbox.freeze(signal);
        this.#isFrozen = true;
        await onFrozen();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, 'a sandbox could not be frozen');
        // Not again at the next look.
        this.#options.activity.use();
      } finally {
        this.#isFreezing = false;
      }
    });
    await this.#work;
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
    for (let tries = 1; ; tries++) {
      try {
        await sandbox.thaw(signal);
        return;
      } catch (error) {
        if (signal.aborted || tries === THAW_TRIES) throw error;
        log.warn({ err: error, tries }, 'a sandbox does not wake');
      }
    }
  }
}

/** Whoever opens a terminal or types wakes the workstation, and its output keeps it awake. */
function wakingTerminals(
  workstation: Workstation,
  activity: Activity,
  awake: () => Promise<void>,
): Terminals {
  return {
    openTerminal: async (terminal, options) => {
      activity.use();
      await awake();
      options.signal.throwIfAborted();
      return new WatchedConnection(await workstation.openTerminal(terminal, options), activity);
    },
  };
}

/** What is typed while the sandbox wakes is kept by the engine, in order. */
class WatchedConnection implements TerminalConnection {
  readonly #connection: TerminalConnection;
  readonly #activity: Activity;
  readonly #view: Disposable;

  constructor(connection: TerminalConnection, activity: Activity) {
    this.#connection = connection;
    this.#activity = activity;
    this.#view = activity.view();
  }

  /** Control frames are the client's own doing, bytes are what somebody typed. */
  send(frame: string | Uint8Array): void {
    if (typeof frame !== 'string') this.#activity.use();
    this.#connection.send(frame);
  }

  get onFrame(): (frame: string | Uint8Array) => void {
    return this.#connection.onFrame;
  }

  set onFrame(listener: (frame: string | Uint8Array) => void) {
    this.#connection.onFrame = (frame) => {
      if (typeof frame !== 'string') this.#activity.use();
      listener(frame);
    };
  }

  get onClose(): (error?: Error) => void {
    return this.#connection.onClose;
  }

  set onClose(listener: (error?: Error) => void) {
    this.#connection.onClose = listener;
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  [Symbol.dispose](): void {
    this.#view[Symbol.dispose]();
    this.#connection[Symbol.dispose]();
  }
}
