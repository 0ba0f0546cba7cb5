import type { ServerMessage } from '../../../src/protocol/tty.ts';
import { type ShellUser, Terminal, type TerminalSize } from './terminal.ts';

/** A viewer of a terminal. */
export interface Participant {
  /** The size of its screen. */
  readonly size: TerminalSize;
  /** Whether the shell must wait for it. */
  readonly isHoldingUp: boolean;
  send(message: ServerMessage): void;
}

interface Audience {
  driver: Participant | undefined;
  readonly all: Set<Participant>;
}

/**
 * The terminals of a workstation by number, with their participants. One participant drives: its
 * screen sets the size and the pace of the terminal; the others keep up as they can. A participant
 * drives when it joins or types.
 */
export class Terminals {
  readonly #user: ShellUser;
  readonly #byNumber = new Map<number, Terminal>();
  readonly #audiences = new WeakMap<Terminal, Audience>();

  constructor(user: ShellUser) {
    this.#user = user;
  }

  /**
   * The terminal with this number. Starts a shell if there is none or it has ended. Throws when no
   * shell can start.
   */
  open(number: number, size: TerminalSize): Terminal {
    const existing = this.#byNumber.get(number);
    if (existing && !existing.hasEnded) return existing;
    const terminal = new Terminal(size, this.#user);
    this.#byNumber.set(number, terminal);
    this.#audiences.set(terminal, { driver: undefined, all: new Set() });
    return terminal;
  }

  /** Adds a participant and lets it drive. */
  join(terminal: Terminal, participant: Participant): void {
    this.#audience(terminal).all.add(participant);
    this.setRole(terminal, participant, 'driver');
  }

  isDriver(terminal: Terminal, participant: Participant): boolean {
    return this.#audience(terminal).driver === participant;
  }

  /** Lets a participant drive, which makes the previous driver an observer, or only watch. */
  setRole(terminal: Terminal, participant: Participant, role: 'driver' | 'observer'): void {
    const audience = this.#audience(terminal);
    const before = audience.driver;
    if (role === 'driver') {
      audience.driver = participant;
      if (before !== participant) before?.send({ type: 'role', role: 'observer' });
    } else if (before === participant) {
      audience.driver = undefined;
    }
    participant.send({ type: 'role', role });
    this.fit(terminal);
    this.pace(terminal);
  }

  /** Removes a participant. If it drove, the latest of the others does. */
  leave(terminal: Terminal, participant: Participant): void {
    const audience = this.#audience(terminal);
    audience.all.delete(participant);
    if (audience.driver !== participant) return;
    audience.driver = undefined;
    const next = [...audience.all].at(-1);
    if (next) this.setRole(terminal, next, 'driver');
    else this.pace(terminal);
  }

  /** Sets the terminal to its driver's size, and sends that to the observers. */
  fit(terminal: Terminal): void {
    const { driver, all } = this.#audience(terminal);
    if (!driver) return;
    terminal.resize(driver.size);
    for (const other of all) {
      if (other !== driver) other.send({ type: 'size', ...terminal.size });
    }
  }

  /** Makes the shell wait for its driver. Without one it never waits. */
  pace(terminal: Terminal): void {
    terminal.setPaused(this.#audience(terminal).driver?.isHoldingUp ?? false);
  }

  #audience(terminal: Terminal): Audience {
    const audience = this.#audiences.get(terminal);
    if (!audience) throw new RangeError('not a terminal of this workstation');
    return audience;
  }
}
