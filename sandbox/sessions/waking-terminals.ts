import type { TerminalConnection, Workstation } from '../provider.ts';
import type { Activity } from './activity.ts';

/** The terminals of a workstation. */
export type Terminals = Pick<Workstation, 'openTerminal'>;

/**
 * The same terminals, but opening one or typing into it wakes the workstation, and its output keeps
 * it awake.
 */
export function wakingTerminals(
  workstation: Workstation,
  activity: Activity,
  awake: () => Promise<void>,
): Terminals {
  return {
    openTerminal: async (terminal, options) => {
      activity.use();
      await awake();
      options.signal.throwIfAborted();
      return new ActiveConnection(await workstation.openTerminal(terminal, options), activity);
    },
  };
}

/**
 * A connection whose traffic counts as use. Input that arrives while the sandbox wakes waits in the
 * engine, in order.
 */
class ActiveConnection implements TerminalConnection {
  readonly #connection: TerminalConnection;
  readonly #activity: Activity;
  readonly #view: Disposable;

  constructor(connection: TerminalConnection, activity: Activity) {
    this.#connection = connection;
    this.#activity = activity;
    this.#view = activity.view();
  }

  /** Only bytes count as use: a client sends control frames by itself. */
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
