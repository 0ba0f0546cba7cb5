import {
  ACK_EVERY_BYTES,
  decodeFrame,
  FrameKind,
  type ServerMessage,
} from '../../src/protocol/tty.ts';
import type { TerminalConnection } from '../../sandbox/provider.ts';

export interface Attachment {
  lastOffset?: number;
  epoch?: string;
  /** Whether it sends acks, which is the default. */
  acks?: boolean;
  cols?: number;
}

const WAIT_MS = 10_000;

/** A viewer that speaks the supervisor's protocol directly, without a WebSocket. */
export class TerminalViewer implements Disposable {
  readonly messages: ServerMessage[] = [];
  readonly snapshots: Buffer[] = [];
  /** Whether the other side has closed the connection. */
  isClosed = false;
  /** The offset of the next byte. */
  offset: number;
  /** The number of bytes of output received. */
  received = 0;
  readonly #connection: TerminalConnection;
  readonly #acks: boolean;
  readonly #waiters = new Set<() => void>();
  #acked = 0;
  #chunks: Buffer[] = [];

  constructor(connection: TerminalConnection, attachment: Attachment = {}) {
    const { lastOffset = 0, epoch, acks = true, cols = 100 } = attachment;
    this.#connection = connection;
    this.#acks = acks;
    this.offset = lastOffset;
    connection.onFrame = (frame) => {
      if (typeof frame === 'string') this.#receive(JSON.parse(frame) as ServerMessage, epoch);
      else this.#draw(frame);
      this.#wake();
    };
    connection.onClose = () => {
      this.isClosed = true;
      this.#wake();
    };
    this.control({
      type: 'attach',
      cols,
      rows: 30,
      lastOffset,
      ...(epoch === undefined ? {} : { epoch }),
    });
  }

  get epoch(): string {
    const hello = this.messages.find(({ type }) => type === 'hello');
    return hello?.type === 'hello' ? hello.epoch : '';
  }

  /** All output so far, without snapshots. */
  get bytes(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  control(message: object): void {
    this.#connection.send(JSON.stringify(message));
  }

  type(text: string): void {
    this.#connection.send(Buffer.from(text));
  }

  /** Types a command and returns its output. */
  async run(command: string, waitMs = WAIT_MS): Promise<string> {
    const from = this.received;
    // The quotes keep the typed line itself from matching.
    this.type(`printf '<be''gin>'; ${command}; printf '<e''nd>'\r`);
    let output: string | undefined;
    await this.until(
      () => {
        output = /<begin>(.*)<end>/s.exec(this.bytes.subarray(from).toString('utf8'))?.[1];
        return output !== undefined;
      },
      command,
      waitMs,
    );
    return output?.replaceAll('\r\n', '\n') ?? '';
  }

  /** Checks `condition` after every frame, and resolves as soon as it holds. */
  async until(condition: () => boolean, what = 'the condition', waitMs = WAIT_MS): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
      };
      const check = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(
          new Error(`not within ${waitMs} ms: ${what}; output ends with ${this.text.slice(-300)}`),
        );
      }, waitMs);
      this.#waiters.add(check);
    });
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  #receive(message: ServerMessage, epoch: string | undefined): void {
    this.messages.push(message);
    if (message.type === 'hello' && epoch !== undefined && epoch !== message.epoch) this.offset = 0;
  }

  #draw(frame: Uint8Array): void {
    const { kind, offset, bytes } = decodeFrame(frame);
    if (kind === FrameKind.snapshot) {
      this.snapshots.push(Buffer.from(bytes));
      this.offset = offset;
      this.#acked = offset;
      return;
    }
    if (offset !== this.offset) {
      throw new Error(`output at offset ${offset} instead of ${this.offset}`);
    }
    this.offset += bytes.length;
    this.received += bytes.length;
    this.#chunks.push(Buffer.from(bytes));
    if (this.#acks && this.offset - this.#acked >= ACK_EVERY_BYTES) {
      this.#acked = this.offset;
      this.control({ type: 'ack', offset: this.offset });
    }
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
