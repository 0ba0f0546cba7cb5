import { h, setText } from '../dom.ts';
import type { Code } from '../events.ts';
import type { RunOutcome } from '../terminal/code-runner.ts';
import type { LabTerminal, TerminalState } from '../terminal/lab-terminal.ts';
import { textsOf } from '../texts.ts';

/**
 * The place of the terminal in the pane: loads it, connects it, and keeps code until there is a
 * prompt.
 */
export class TerminalSlot {
  readonly #host: HTMLElement;
  readonly #connection: HTMLElement;
  #terminal: LabTerminal | undefined;
  #wasOpen = false;
  #waiting: Code[] = [];

  constructor(host: HTMLElement, connection: HTMLElement) {
    this.#host = host;
    this.#connection = connection;
  }

  /** Shows the session's first terminal. Does nothing when it is open. */
  async open(sessionId: string, focus: boolean): Promise<void> {
    if (!this.#host.hidden) return;
    const texts = textsOf('session').terminal;
    this.#host.hidden = false;
    this.#host.replaceChildren(h('p', {}, texts.loading));
    let module: typeof import('../terminal/lab-terminal.ts');
    try {
      module = await import('../terminal/lab-terminal.ts');
    } catch {
      this.#host.replaceChildren(h('p', { role: 'alert' }, texts.failed));
      return;
    }
    if (this.#isClosed()) return;
    const terminal = new module.LabTerminal();
    terminal.addEventListener('terminal-state', (event) =>
      this.#onState((event as CustomEvent<TerminalState>).detail),
    );
    this.#terminal = terminal;
    this.#host.replaceChildren(terminal);
    if (focus) terminal.focus();
    terminal.connect({ sessionId, terminal: 0 });
  }

  /**
   * Types `code` at the prompt. Code from before the first prompt waits for it; later code is never
   * kept.
   */
  async run(code: Code): Promise<RunOutcome> {
    if (this.#wasOpen) return this.#terminal?.run(code) ?? 'offline';
    this.#waiting.push(code);
    return 'sent';
  }

  close(): void {
    this.#terminal?.dispose();
    this.#terminal = undefined;
    this.#wasOpen = false;
    this.#waiting = [];
    this.#host.replaceChildren();
    this.#host.hidden = true;
    this.#connection.textContent = '';
  }

  #isClosed(): boolean {
    return this.#host.hidden !== false;
  }

  #onState({ state, rttMs }: TerminalState): void {
    this.#connection.dataset.state = state;
    // A working connection needs no text.
    setText(this.#connection, state === 'open' ? '' : textsOf('session').terminal[state]);
    this.#connection.title = rttMs === undefined ? '' : `${Math.round(rttMs)} ms`;
    if (state !== 'open') return;
    this.#wasOpen = true;
    for (const code of this.#waiting.splice(0)) void this.#terminal?.run(code);
  }
}
