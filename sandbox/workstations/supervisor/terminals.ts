import { type ShellUser, Terminal, type TerminalSize } from './terminal.ts';
import type { Viewer } from './viewer.ts';

/** The terminals of a workstation by number, and who drives each. */
export class Terminals {
  readonly #user: ShellUser;
  readonly #byNumber = new Map<number, Terminal>();
  readonly #drivers = new Map<Terminal, Viewer>();
  readonly #viewers = new Map<Terminal, Set<Viewer>>();

  constructor(user: ShellUser) {
    this.#user = user;
  }

  /** The terminal of this number. When there is none, or its shell has ended, a new shell starts. */
  open(number: number, size: TerminalSize): Terminal {
    const existing = this.#byNumber.get(number);
    if (existing && !existing.hasEnded) return existing;
    const terminal = new Terminal(size, this.#user);
    this.#byNumber.set(number, terminal);
    return terminal;
  }

  isDriver(viewer: Viewer): boolean {
    return [...this.#drivers.values()].includes(viewer);
  }

  /** Lets a viewer drive, which makes the driver before it an observer; or lets it only watch. */
  setRole(terminal: Terminal, viewer: Viewer, role: 'driver' | 'observer'): void {
    const viewers = this.#viewers.get(terminal) ?? new Set();
    viewers.add(viewer);
    this.#viewers.set(terminal, viewers);
    const current = this.#drivers.get(terminal);
    if (role === 'driver') {
      this.#drivers.set(terminal, viewer);
      if (current !== undefined && current !== viewer) {
        current.send({ type: 'role', role: 'observer' });
      }
    } else if (current === viewer) {
      this.#drivers.delete(terminal);
    }
    viewer.send({ type: 'role', role });
    this.pace(terminal);
  }

  /** The last who is left drives. */
  leave(terminal: Terminal, viewer: Viewer): void {
    const viewers = this.#viewers.get(terminal);
    viewers?.delete(viewer);
    if (this.#drivers.get(terminal) === viewer) {
      this.#drivers.delete(terminal);
      const next = viewers?.values().next().value;
      if (next !== undefined) this.setRole(terminal, next, 'driver');
    }
    if (viewers?.size === 0) this.#viewers.delete(terminal);
    this.pace(terminal);
  }

  /** The shell waits for its driver alone; with nobody there it runs free. */
  pace(terminal: Terminal): void {
    terminal.setPaused(this.#drivers.get(terminal)?.isHoldingUp ?? false);
  }
}
