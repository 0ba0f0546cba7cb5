import { createRequire } from 'node:module';
import type { Workstation } from '../../sandbox/provider.ts';
import { CodeRunner, type CodeTarget } from '../../src/islands/terminal/code-runner.ts';
import type { LessonRecord } from '../../src/protocol/record.ts';
import { withTimeout } from '../../src/async.ts';
import { ACK_EVERY_BYTES, decodeFrame, serverMessageSchema } from '../../src/protocol/tty.ts';

// Node.js cannot find the exports of this CommonJS package.
const { Terminal } = createRequire(import.meta.url)(
  '@xterm/headless',
) as typeof import('@xterm/headless');

/** Wide enough for `kubectl get pods -o wide`. */
export const COLUMNS = 120;
export const ROWS = 32;
const SCROLLBACK = 10_000;
const OPEN_MS = 60_000;
/** The shell turns bracketed paste on at each prompt. */
const PROMPT = '\x1b[?2004h';
const TAIL_CHARACTERS = 200;
/** In seconds: output within this time becomes one event. */
const MERGE_S = 0.06;

type BlockRecord = LessonRecord['steps'][string][number];

/** Types into the learner's first terminal as the page does, and records it. Disposable. */
export class RecordingTerminal implements Disposable {
  readonly #life = new AbortController();
  readonly #terminal = new Terminal({
    cols: COLUMNS,
    rows: ROWS,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
  });
  readonly #runner: CodeRunner;
  readonly #send: (data: string) => boolean;
  #events: [number, string][] = [];
  /** The end of the output: the prompt, if there is one. */
  #tail = '';
  #startedAt = performance.now();

  private constructor(connection: Awaited<ReturnType<Workstation['openTerminal']>>) {
    const decoder = new TextDecoder();
    let acked = 0;
    connection.onFrame = (frame) => {
      if (typeof frame === 'string') {
        const { type } = serverMessageSchema.parse(JSON.parse(frame));
        if (type === 'exit') this.#life.abort(new Error('the shell exited'));
        return;
      }
      const { offset, bytes } = decodeFrame(frame);
      this.#terminal.write(bytes);
      this.#record(decoder.decode(bytes, { stream: true }));
      const end = offset + bytes.length;
      if (end - acked < ACK_EVERY_BYTES) return;
      acked = end;
      connection.send(JSON.stringify({ type: 'ack', offset: end }));
    };
    connection.onClose = (error) => {
      this.#life.abort(error ?? new Error('The terminal was closed.'));
    };
    this.#life.signal.addEventListener('abort', () => connection[Symbol.dispose]());
    this.#send = (data) => {
      connection.send(Buffer.from(data));
      return !this.#life.signal.aborted;
    };
    this.#runner = new CodeRunner({
      // The same terminal without a screen. Its types differ only in what a screen needs.
      terminal: this.#terminal as unknown as CodeTarget['terminal'],
      send: this.#send,
      signal: this.#life.signal,
    });
    connection.send(JSON.stringify({ type: 'attach', cols: COLUMNS, rows: ROWS, lastOffset: 0 }));
  }

  /**
   * Opens the first terminal and waits for a prompt. The terminal lives until `until` is aborted.
   *
   * @throws TimeoutError when no prompt comes within a minute
   */
  static async open(workstation: Workstation, until?: AbortSignal): Promise<RecordingTerminal> {
    const signal = withTimeout(until, OPEN_MS);
    const terminal = new RecordingTerminal(await workstation.openTerminal(0, { signal }));
    until?.addEventListener('abort', () => terminal.#life.abort(until.reason), { once: true });
    try {
      while (!terminal.#terminal.modes.bracketedPasteMode) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return terminal;
    } catch (error) {
      terminal[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Runs a block as the Run button does, until the prompt is back.
   *
   * @throws Error after Ctrl-C, when the prompt is not back within `ms`
   */
  async run(code: string, ms: number): Promise<BlockRecord> {
    // The cursor moves relative to the prompt, so a recording starts with the prompt.
    this.#events = [[0, this.#tail.slice(this.#tail.lastIndexOf(PROMPT))]];
    this.#startedAt = performance.now();
    const end = Promise.withResolvers<string | undefined>();
    // It may reject while the code is still being typed, before the await below.
    end.promise.catch(() => undefined);
    const { signal } = this.#life;
    const onEnd = (): void => end.reject(signal.reason as Error);
    signal.addEventListener('abort', onEnd, { once: true });
    const timer = setTimeout(() => {
      this.#runner.noticeInput('\x03');
      this.#send('\x03');
      end.reject(new Error(`did not end within ${ms / 1000} s`));
    }, ms);
    try {
      const outcome = await this.#runner.run(code, end.resolve);
      if (outcome !== 'sent') throw new Error(`could not be typed: ${outcome}`);
      const text = await end.promise;
      if (text === undefined) throw new Error('was not typed at a prompt, or interrupted');
      return { text, events: this.#events };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onEnd);
    }
  }

  #record(output: string): void {
    this.#tail = (this.#tail + output).slice(-TAIL_CHARACTERS);
    const at = Math.round((performance.now() - this.#startedAt) / 10) / 100;
    const last = this.#events.at(-1);
    if (last !== undefined && at - last[0] < MERGE_S) last[1] += output;
    else this.#events.push([at, output]);
  }

  [Symbol.dispose](): void {
    this.#life.abort(new Error('disposed'));
    this.#terminal.dispose();
  }
}
