import type { Terminal } from '@xterm/xterm';
import { Mutex } from '../../async.ts';
import { CommandLog, describeOutput } from './command-log.ts';
import { commandsOf } from './commands.ts';
import { typedCode } from './typed-code.ts';

/** How long code waits for a prompt before it is typed anyway. */
const PROMPT_TIMEOUT_MS = 2_000;
const CTRL_C = '\x03';

/** `offline`: there is no connection. `busy`: a full-screen program would take the code as keys. */
export type RunOutcome = 'sent' | 'offline' | 'busy';

/** What code is typed into. `send` returns whether there was a connection. */
export interface CodeTarget {
  terminal: Terminal;
  send: (data: string) => boolean;
  signal: AbortSignal;
}

/**
 * Types code at the prompt, command by command, so that each one's output is below it. A shell with
 * bracketed paste turns it on at each prompt and off when it takes a line: that is how prompts are
 * recognized.
 */
export class CodeRunner {
  readonly #target: CodeTarget;
  readonly #log: CommandLog;
  /** One block of code at a time. */
  readonly #runs = new Mutex();
  #interrupts = 0;

  constructor(target: CodeTarget) {
    this.#target = target;
    this.#log = new CommandLog(target.terminal);
  }

  /** Takes the learner's own input: Ctrl-C cancels what has not run yet. */
  noticeInput(data: string): void {
    if (data.includes(CTRL_C)) this.#interrupts++;
  }

  /** The shell has ended. What has not run yet was not meant for the next one. */
  noticeExit(): void {
    this.#interrupts++;
  }

  /**
   * Types `code` and Enter, each command at most once. Resolves when the shell has taken the last
   * one, or with why it has not. `onEnd` is called once, when all was typed and the prompt is back:
   * with the output, or `undefined` when it was interrupted or is not known.
   */
  async run(code: string, onEnd?: (output: string | undefined) => void): Promise<RunOutcome> {
    return this.#runs.run(async () => this.#run(code, onEnd));
  }

  async #run(code: string, onEnd?: (output: string | undefined) => void): Promise<RunOutcome> {
    await this.#until(() => this.#isAtPrompt, PROMPT_TIMEOUT_MS);
    // A program without recognizable prompts gets everything at once.
    if (!this.#isAtPrompt) {
      const outcome = this.#type(code);
      if (outcome === 'sent') onEnd?.(undefined);
      return outcome;
    }
    const interrupts = this.#interrupts;
    const isInterrupted = (): boolean => this.#interrupts > interrupts;
    const commands = commandsOf(code);
    const first = this.#log.taken;
    for (const command of commands) {
      await this.#until(() => this.#isAtPrompt || isInterrupted());
      if (isInterrupted()) break;
      const { signal } = this.#target;
      const { taken } = this.#log;
      const outcome = signal.aborted ? 'offline' : this.#type(command);
      if (outcome !== 'sent') return outcome;
      await this.#until(() => this.#log.taken > taken, PROMPT_TIMEOUT_MS);
    }
    if (onEnd !== undefined) void this.#reportEnd(commands, first, onEnd);
    return 'sent';
  }

  async #reportEnd(
    commands: string[],
    first: number,
    onEnd: (output: string | undefined) => void,
  ): Promise<void> {
    const interrupts = this.#interrupts;
    await this.#until(() => this.#isAtPrompt || this.#interrupts > interrupts);
    const outputs = commands.map((_, i) => this.#log.output(first + i));
    const known = outputs.filter((output) => output !== undefined);
    const isWhole = known.length === commands.length && this.#interrupts === interrupts;
    onEnd(isWhole ? describeOutput(commands, known) : undefined);
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

  /** Resolves when `isSo` returns true, when the terminal ends, or after `ms`. */
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
