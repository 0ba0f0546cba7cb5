import type { Terminal } from '@xterm/xterm';
import { commandsOf } from './commands.ts';
import { typedCode } from './typed-code.ts';

/** How long code waits for a prompt, before it is typed ahead of one. */
const PROMPT_TIMEOUT_MS = 2_000;
const BRACKETED_PASTE = 2004;
const CTRL_C = '\x03';

/** `offline`: there is no connection. `busy`: a program fills the screen, and would take the code for keys. */
export type RunOutcome = 'sent' | 'offline' | 'busy';

/** What code is typed into. `send` returns whether there was a connection. */
export interface CodeTarget {
  terminal: Terminal;
  send: (data: string) => boolean;
  signal: AbortSignal;
}

/**
 * Types code at the prompt, command by command, so that each one's output stands below it. A shell that takes pastes says so at each
 * prompt, and takes it back when it takes a line: that is how prompts are known.
 */
export class CodeRunner {
  readonly #target: CodeTarget;
  #lastRun: Promise<unknown> = Promise.resolve();
  #linesTaken = 0;
  #interrupts = 0;

  constructor(target: CodeTarget) {
    this.#target = target;
    target.terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (parameters) => {
      if (parameters.includes(BRACKETED_PASTE)) this.#linesTaken++;
      return false;
    });
  }

  /** What the learner types; Ctrl-C leaves out what has not been run yet. */
  noticeInput(data: string): void {
    if (data.includes(CTRL_C)) this.#interrupts++;
  }

  /** The shell has ended; what has not been run yet was meant for no other. */
  noticeExit(): void {
    this.#interrupts++;
  }

  /** Types `code` and Enter, each command at most once. Resolves when the last has been taken, or with why the rest was not. */
  async run(code: string): Promise<RunOutcome> {
    const run = this.#lastRun.then(() => this.#run(code));
    this.#lastRun = run;
    return run;
  }

  async #run(code: string): Promise<RunOutcome> {
    await this.#until(() => this.#isAtPrompt, PROMPT_TIMEOUT_MS);
    // A program without prompts that we know gets all at once.
    if (!this.#isAtPrompt) return this.#type(code);
    const interrupts = this.#interrupts;
    const isInterrupted = (): boolean => this.#interrupts > interrupts;
    for (const command of commandsOf(code)) {
      await this.#until(() => this.#isAtPrompt || isInterrupted());
      if (isInterrupted()) break;
      const { signal } = this.#target;
      const taken = this.#linesTaken;
      const outcome = signal.aborted ? 'offline' : this.#type(command);
      if (outcome !== 'sent') return outcome;
      await this.#until(() => this.#linesTaken > taken, PROMPT_TIMEOUT_MS);
    }
    return 'sent';
  }

  get #isAtPrompt(): boolean {
    return this.#target.terminal.modes.bracketedPasteMode;
  }

  #type(code: string): RunOutcome {
    const { terminal, send } = this.#target;
    if (terminal.buffer.active.type === 'alternate') return 'busy';
    if (!send(typedCode(code, this.#isAtPrompt))) return 'offline';
    terminal.scrollToBottom();
    return 'sent';
  }

  /** Resolves when `isSo`, when the terminal ends, or after `ms`. */
  async #until(isSo: () => boolean, ms?: number): Promise<void> {
    const { terminal, signal } = this.#target;
    if (signal.aborted || isSo()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        listener.dispose();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      const listener = terminal.onWriteParsed(() => isSo() && done());
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
