import { WebSocket } from 'ws';
import {
  ACK_EVERY_BYTES,
  decodeFrame,
  FrameKind,
  MAX_INPUT_BYTES,
  type ServerMessage,
  serverMessageSchema,
  SUBPROTOCOL,
} from '../../src/protocol/tty.ts';

const OPEN_MS = 20_000;
const KEPT_CHARACTERS = 128 * 1024;

/** The prompt of the workstation, with the end of its colour. */
export const PROMPT = /\$\x1b\[0m $/;

/**
 * A client of `kindlab.tty.v1` that draws nothing: it sends acks, counts bytes and keeps the last
 * text.
 */
export class TerminalClient implements Disposable {
  readonly #socket: WebSocket;
  readonly #decoder = new TextDecoder();
  readonly messages: ServerMessage[] = [];
  /** Bytes of output received. */
  received = 0;
  snapshots = 0;
  /** The offset of the next byte. */
  offset = 0;
  /** The last output since {@link mark}. */
  text = '';
  #acked = 0;
  #wake: () => void = () => undefined;
  closeCode: number | undefined;

  private constructor(socket: WebSocket, lastOffset: number) {
    this.#socket = socket;
    this.offset = lastOffset;
    this.#acked = lastOffset;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  static async open(
    url: string,
    headers: Record<string, string>,
    lastOffset: number,
  ): Promise<TerminalClient> {
    const socket = new WebSocket(url, SUBPROTOCOL, { headers });
    const client = new TerminalClient(socket, lastOffset);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    client.send({ type: 'attach', cols: 120, rows: 32, lastOffset });
    await client.until(() => client.messages.some(({ type }) => type === 'hello'), OPEN_MS);
    return client;
  }

  send(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Types text, in frames of at most {@link MAX_INPUT_BYTES}. */
  type(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += MAX_INPUT_BYTES) {
      this.#socket.send(bytes.subarray(at, at + MAX_INPUT_BYTES));
    }
  }

  /** Discards the text so far. */
  mark(): void {
    this.text = '';
  }

  /** Resolves with the match as soon as the text since the last mark matches. */
  async waitFor(pattern: RegExp, ms = 30_000): Promise<RegExpExecArray> {
    await this.until(
      () => pattern.test(this.text),
      ms,
      () => `${pattern} in …${this.text.slice(-2_000)}`,
    );
    return pattern.exec(this.text)!;
  }

  /** Types a command line and resolves with its output. */
  async run(command: string, ms = 60_000): Promise<string> {
    const end = `end-${Math.random().toString(36).slice(2)}`;
    this.mark();
    // The quotes keep the typed line itself from matching.
    this.type(`${command}; echo ${end.slice(0, 4)}''${end.slice(4)}:$?:\r`);
    await this.waitFor(new RegExp(`${end}:(\\d+):`), ms);
    const output = this.text.slice(this.text.indexOf('\n') + 1, this.text.lastIndexOf(end));
    // The shell turns bracketed paste off while a command runs.
    return output.replaceAll(/\x1b\[\?2004[hl]\r?/g, '');
  }

  /** Drops the connection without a close frame, like a lost network. */
  drop(): void {
    this.#socket.terminate();
  }

  async until(isMet: () => boolean, ms: number, what = () => 'the condition'): Promise<void> {
    const deadline = performance.now() + ms;
    while (!isMet()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`not within ${ms} ms: ${what()}`);
      if (this.closeCode !== undefined) throw new Error(`closed with ${this.closeCode}: ${what()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      const { kind, offset, bytes } = decodeFrame(data);
      if (kind === FrameKind.output && offset !== this.offset) {
        throw new Error(`output at offset ${offset} instead of ${this.offset}`);
      }
      if (kind === FrameKind.snapshot) {
        this.snapshots++;
        this.offset = offset;
      } else {
        this.offset = offset + bytes.length;
        this.received += bytes.length;
      }
      this.text += this.#decoder.decode(bytes, { stream: true });
      if (this.text.length > 2 * KEPT_CHARACTERS) this.text = this.text.slice(-KEPT_CHARACTERS);
      if (this.offset - this.#acked >= ACK_EVERY_BYTES || kind === FrameKind.snapshot) {
        this.#acked = this.offset;
        this.send({ type: 'ack', offset: this.offset });
      }
    } else {
      this.messages.push(serverMessageSchema.parse(JSON.parse(data.toString())));
    }
    this.#wake();
  }
}
