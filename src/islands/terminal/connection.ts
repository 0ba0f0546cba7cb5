import {
  ACK_EVERY_BYTES,
  CloseCode,
  decodeFrame,
  FrameKind,
  MAX_INPUT_BYTES,
  RETRYABLE_CLOSE_CODES,
  SUBPROTOCOL,
} from '../../protocol/tty-frames.ts';
import type { ClientMessage, ServerMessage } from '../../protocol/tty.ts';

export type ConnectionState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** Why a connection is closed for good. Only after `exited` may `connect()` succeed again. */
export type CloseReason = 'exited' | 'ended' | 'forbidden' | 'no-session' | 'failed' | 'disposed';

/** Where a connection draws. */
export interface ConnectionScreen {
  readonly cols: number;
  readonly rows: number;
  /** Draws the bytes in order, and calls `done` when they have been parsed. */
  write(bytes: Uint8Array, done: () => void): void;
  reset(): void;
}

export interface ConnectionEvents {
  onState(state: ConnectionState, reason?: CloseReason): void;
  onRtt(ms: number): void;
  onNotice(message: string): void;
  onRole(role: 'driver' | 'observer'): void;
  /** The driver's size, at which the terminal is drawn. */
  onSize(size: { cols: number; rows: number }): void;
  onExit(exitCode: number): void;
}

/** The part of `WebSocket` that a connection uses. */
export type TtySocket = Pick<
  WebSocket,
  'binaryType' | 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose'
>;

export interface ConnectionOptions {
  url: string;
  screen: ConnectionScreen;
  events: ConnectionEvents;
  createSocket?: (url: string, protocol: string) => TtySocket;
}

const RETRY_DELAYS_MS = [500, 1_000, 2_000, 5_000, 10_000];
const JITTER = 0.2;
const HELLO_TIMEOUT_MS = 10_000;
const PING_EVERY_MS = 15_000;

const REASONS: Record<number, CloseReason> = {
  [CloseCode.ended]: 'ended',
  [CloseCode.forbidden]: 'forbidden',
  [CloseCode.noSession]: 'no-session',
};

/**
 * One viewer of one terminal over `kindlab.tty.v1`. Reconnects by itself, and resumes at the exact
 * byte. Input is never queued: what cannot be sent now is refused. The owner disposes it.
 */
export class Connection implements Disposable {
  readonly #url: string;
  readonly #screen: ConnectionScreen;
  readonly #events: ConnectionEvents;
  readonly #createSocket: (url: string, protocol: string) => TtySocket;
  #socket: TtySocket | undefined;
  #state: ConnectionState = 'closed';
  #epoch: string | undefined;
  /**
   * The next byte to receive; the end of what has been parsed; the end of what has been
   * acknowledged.
   */
  #position = 0;
  #drawn = 0;
  #acked = 0;
  /** Output before this offset was printed before this viewer attached. */
  #replayEnd = 0;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPongDue = false;

  constructor({ url, screen, events, createSocket }: ConnectionOptions) {
    this.#url = url;
    this.#screen = screen;
    this.#events = events;
    this.#createSocket = createSocket ?? ((to, protocol) => new WebSocket(to, protocol));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * While true, the terminal's replies to queries must not be sent: no program waits for them now.
   */
  get isReplaying(): boolean {
    return this.#drawn < this.#replayEnd;
  }

  /** Opens the first socket, or skips the wait for the next one. */
  connect(): void {
    if (this.#state === 'open' || this.#state === 'connecting') return;
    this.#setState(this.#state === 'reconnecting' ? 'reconnecting' : 'connecting');
    this.#open();
  }

  /** Sends input at most once. Returns false when it could not be sent; then nothing was. */
  send(input: string | Uint8Array): boolean {
    if (this.#state !== 'open') return false;
    const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
    for (let at = 0; at < bytes.length; at += MAX_INPUT_BYTES) {
      this.#socket?.send(bytes.slice(at, at + MAX_INPUT_BYTES));
    }
    return true;
  }

  /** Sends the size of the screen. Without a connection, the next attach carries it. */
  resize(): void {
    const { cols, rows } = this.#screen;
    if (this.#state === 'open') this.#control({ type: 'resize', cols, rows });
  }

  /** Asks to be the driver: then this screen's size is the terminal's. Typing does the same. */
  drive(): void {
    if (this.#state === 'open') this.#control({ type: 'role', role: 'driver' });
  }

  /** Closes the connection. The shell lives on. */
  [Symbol.dispose](): void {
    this.#end('disposed');
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#abandon();
    const socket = this.#createSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      const { cols, rows } = this.#screen;
      const epoch = this.#epoch === undefined ? {} : { epoch: this.#epoch };
      this.#control({ type: 'attach', cols, rows, lastOffset: this.#position, ...epoch });
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      try {
        if (typeof data === 'string') this.#receive(JSON.parse(data) as ServerMessage);
        else this.#receiveBytes(new Uint8Array(data));
      } catch {
        this.#retry();
      }
    };
    socket.onclose = ({ code }) => {
      if (RETRYABLE_CLOSE_CODES.includes(code)) this.#retry();
      else this.#end(REASONS[code] ?? 'failed');
    };
    this.#timer = setTimeout(() => this.#retry(), HELLO_TIMEOUT_MS);
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.#begin(message.epoch, message.end);
        break;
      case 'role':
        this.#events.onRole(message.role);
        break;
      case 'size':
        this.#events.onSize(message);
        break;
      case 'notice':
        this.#events.onNotice(message.message);
        break;
      case 'pong':
        this.#isPongDue = false;
        this.#events.onRtt(performance.now() - message.at);
        break;
      case 'exit':
        this.#end('exited');
        this.#events.onExit(message.exitCode);
        break;
    }
  }

  #begin(epoch: string, end: number): void {
    if (this.#epoch !== epoch) {
      if (this.#epoch !== undefined) this.#screen.reset();
      this.#epoch = epoch;
      this.#position = this.#drawn = 0;
    }
    this.#acked = this.#position;
    this.#replayEnd = end;
    this.#attempt = 0;
    this.#isPongDue = false;
    this.#schedulePing();
    this.#setState('open');
  }

  #receiveBytes(data: Uint8Array): void {
    const { kind, offset, bytes } = decodeFrame(data);
    if (kind === FrameKind.snapshot) {
      this.#position = this.#acked = offset;
      this.#draw(bytes, offset);
      return;
    }
    if (offset > this.#position) throw new RangeError('output is missing');
    const fresh = bytes.subarray(this.#position - offset);
    if (fresh.length === 0) return;
    const begin = this.#position;
    this.#position += fresh.length;
    // Drawn separately, so that the first live query is answered.
    const replayed = Math.min(Math.max(this.#replayEnd - begin, 0), fresh.length);
    if (replayed > 0) this.#draw(fresh.subarray(0, replayed), begin + replayed);
    if (replayed < fresh.length) this.#draw(fresh.subarray(replayed), this.#position);
  }

  #draw(bytes: Uint8Array, end: number): void {
    const epoch = this.#epoch;
    this.#screen.write(bytes, () => {
      if (epoch !== this.#epoch) return;
      this.#drawn = Math.max(this.#drawn, end);
      if (this.#state !== 'open' || this.#drawn - this.#acked < ACK_EVERY_BYTES) return;
      this.#acked = this.#drawn;
      this.#control({ type: 'ack', offset: this.#drawn });
    });
  }

  #control(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #schedulePing(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isPongDue) {
        this.#retry();
        return;
      }
      this.#isPongDue = true;
      this.#control({ type: 'ping', at: performance.now() });
      this.#schedulePing();
    }, PING_EVERY_MS);
  }

  #retry(): void {
    this.#abandon();
    const delay = RETRY_DELAYS_MS[Math.min(this.#attempt++, RETRY_DELAYS_MS.length - 1)] ?? 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), delay * (1 + JITTER * (2 * Math.random() - 1)));
    this.#setState('reconnecting');
  }

  #end(reason: CloseReason): void {
    clearTimeout(this.#timer);
    this.#abandon();
    this.#setState('closed', reason);
  }

  #abandon(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #setState(state: ConnectionState, reason?: CloseReason): void {
    this.#state = state;
    this.#events.onState(state, reason);
  }
}
