import { h, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';

interface TerminalState {
  state: 'connecting' | 'open' | 'reconnecting' | 'closed';
  rttMs?: number;
  message?: string;
}

/** What `<lab-terminal>` offers. */
interface TerminalElement extends HTMLElement {
  connect(target: { sessionId: string; terminal: number }): void;
  run(code: string): void;
  dispose(): void;
}

/** The place of the terminal in the pane: loads it, connects it, and keeps code until there is a prompt. */
export class TerminalSlot {
  readonly #host: HTMLElement;
  readonly #connection: HTMLElement;
  #terminal: TerminalElement | undefined;
  #state: TerminalState['state'] | undefined;
  #waiting: string[] = [];

  constructor(host: HTMLElement, connection: HTMLElement) {
    this.#host = host;
    this.#connection = connection;
  }

  /** Shows the session's first terminal. Nothing happens when it is shown already. */
  async open(sessionId: string, focus: boolean): Promise<void> {
    if (!this.#host.hidden) return;
    const texts = textsOf('session').terminal;
    this.#host.hidden = false;
    this.#host.replaceChildren(h('p', {}, texts.loading));
    try {
      await import('../terminal/lab-terminal.ts');
    } catch {
      this.#host.replaceChildren(h('p', { role: 'alert' }, texts.failed));
      return;
    }
    if (this.#isClosed()) return;
    const terminal = document.createElement('lab-terminal') as TerminalElement;
    terminal.addEventListener('terminal-state', (event) =>
      this.#onState((event as CustomEvent<TerminalState>).detail),
    );
    this.#terminal = terminal;
    this.#host.replaceChildren(terminal);
    terminal.connect({ sessionId, terminal: 0 });
    if (focus) terminal.focus();
  }

  /** Types `code` at the prompt, at once or as soon as there is one. */
  run(code: string): void {
    if (this.#state === 'open') this.#terminal?.run(code);
    else this.#waiting.push(code);
  }

  close(): void {
    this.#terminal?.dispose();
    this.#terminal = undefined;
    this.#state = undefined;
    this.#waiting = [];
    this.#host.replaceChildren();
    this.#host.hidden = true;
    this.#connection.textContent = '';
  }

  #isClosed(): boolean {
    return this.#host.hidden;
  }

  #onState({ state, message }: TerminalState): void {
    this.#state = state;
    this.#connection.dataset.state = state;
    // A connection that works is nothing to read about.
    setText(this.#connection, state === 'open' ? '' : textsOf('session').terminal[state]);
    this.#connection.title = message ?? '';
    if (state !== 'open') return;
    for (const code of this.#waiting.splice(0)) this.#terminal?.run(code);
  }
}
