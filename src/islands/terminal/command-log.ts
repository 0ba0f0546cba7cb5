import type { IMarker, Terminal } from '@xterm/xterm';

/** A shell turns this mode on at each prompt, and off when it takes a line. */
export const BRACKETED_PASTE = 2004;
const MAX_COMMANDS = 200;

/** Where a command's output starts, and where the next prompt does. */
interface Span {
  begin: IMarker | undefined;
  end?: IMarker | undefined;
  /** The column of the prompt: output without a final line break is to its left. */
  endColumn: number;
}

/**
 * Follows the output of each command: the lines from where the shell took a line to its next
 * prompt.
 */
export class CommandLog {
  readonly #terminal: Terminal;
  readonly #spans: Span[] = [];
  #forgotten = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (parameters) => {
      if (parameters.includes(BRACKETED_PASTE)) this.#begin();
      return false;
    });
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (parameters) => {
      if (parameters.includes(BRACKETED_PASTE)) this.#end();
      return false;
    });
  }

  /** How many lines the shell has taken so far. */
  get taken(): number {
    return this.#forgotten + this.#spans.length;
  }

  /**
   * The output of the command with this index; undefined when it is not known or no longer in the
   * scrollback.
   */
  output(index: number): string | undefined {
    const span = this.#spans[index - this.#forgotten];
    if (span?.begin === undefined || span.begin.isDisposed) return undefined;
    if (span.end === undefined || span.end.isDisposed) return undefined;
    const lines: string[] = [];
    const { normal } = this.#terminal.buffer;
    for (let at = span.begin.line; at <= span.end.line; at++) {
      const isLast = at === span.end.line;
      const line = normal.getLine(at);
      const text = line?.translateToString(true, 0, isLast ? span.endColumn : undefined) ?? '';
      if (isLast && text === '') break;
      const begun = line?.isWrapped === true ? (lines.pop() ?? '') : '';
      lines.push(begun + text);
    }
    return lines.join('\n').trimEnd();
  }

  #begin(): void {
    this.#spans.push({ begin: this.#marker(), endColumn: 0 });
    if (this.#spans.length <= MAX_COMMANDS) return;
    const [oldest] = this.#spans.splice(0, 1);
    oldest?.begin?.dispose();
    oldest?.end?.dispose();
    this.#forgotten += 1;
  }

  #end(): void {
    const span = this.#spans.at(-1);
    if (span === undefined || span.end !== undefined) return;
    span.endColumn = this.#terminal.buffer.active.cursorX;
    span.end = this.#marker();
  }

  #marker(): IMarker | undefined {
    // The alternate screen of full-screen programs has no scrollback.
    if (this.#terminal.buffer.active.type === 'alternate') return undefined;
    return this.#terminal.registerMarker(0);
  }
}

/**
 * A block's output as shown below the block. With several commands, each one's line precedes its
 * output; the first line stands for a command of several lines.
 */
export function describeOutput(commands: readonly string[], outputs: readonly string[]): string {
  if (commands.length < 2) return outputs.join('\n');
  return commands
    .flatMap((command, i) => {
      const [first = '', ...more] = command.split('\n').filter((line) => !/^\s*#/.test(line));
      const output = outputs[i] ?? '';
      return [`$ ${first}${more.length > 0 ? ' …' : ''}`, ...(output === '' ? [] : [output])];
    })
    .join('\n');
}
