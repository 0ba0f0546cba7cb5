import type { WebsocketHandler } from '@fastify/websocket';
import {
  clientMessageSchema,
  CloseCode,
  MAX_CONTROL_BYTES,
  MAX_INPUT_BYTES,
  type ServerMessage,
} from '../../src/protocol/tty.ts';
import { type LabError, type LabErrorCode, toLabError } from '../errors.ts';
import type { TerminalConnection } from '../provider.ts';
import { InputRate } from './input-rate.ts';

type WebSocket = Parameters<WebsocketHandler>[0];

const PING_EVERY_MS = 20_000;
const SILENCE_MS = 45_000;
const HEARTBEAT_MS = 5_000;
const OPEN_TIMEOUT_MS = 20_000;
/**
 * The terminal is paused when this much waits in the socket, and resumed when this little is left.
 */
const SEND_HIGH_BYTES = 1024 * 1024;
const SEND_LOW_BYTES = 256 * 1024;

/** For pasting, not for streaming. */
const INPUT_RATE = { bytesPerSecond: 64 * 1024, burstBytes: 1024 * 1024 };
/** Enough for the acks of a flood of output. */
const CONTROL_RATE = { bytesPerSecond: 256 * 1024, burstBytes: 1024 * 1024 };

const CLOSE_CODES: Partial<Record<LabErrorCode, number>> = {
  LAB_SESSION_FORBIDDEN: CloseCode.forbidden,
  LAB_SESSION_UNKNOWN: CloseCode.noSession,
  LAB_SESSION_ENDED: CloseCode.ended,
};

/**
 * The close code for an error. Those without a code of their own may be temporary: the client is
 * told to reconnect.
 */
export function closeCodeOf(error: LabError | undefined): number {
  return (error && CLOSE_CODES[error.code]) ?? CloseCode.restart;
}

/**
 * Carries frames between one WebSocket and one terminal, with back-pressure both ways. Ends with
 * either side or with the session.
 */
export class TerminalSocket {
  readonly #socket: WebSocket;
  readonly #ended: AbortSignal;
  readonly #closed = new AbortController();
  readonly #inputRate = new InputRate(INPUT_RATE);
  readonly #controlRate = new InputRate(CONTROL_RATE);
  #connection: TerminalConnection | undefined;
  #isAttached = false;
  #isHeld = false;
  /** On the monotonic clock: the machine's may jump. */
  #lastHeard = performance.now();

  constructor(socket: WebSocket, ended: AbortSignal) {
    this.#socket = socket;
    this.#ended = ended;
    socket.on('message', (data, isBinary) => {
      this.#lastHeard = performance.now();
      this.#receive(data as Buffer, isBinary);
    });
    socket.on('pong', () => {
      this.#lastHeard = performance.now();
    });
    // ws itself closes the socket after an error, for example with 1009 after an oversized frame.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#closed.abort();
    });
    this.#watch();
  }

  /** Opens the terminal's side. Nothing is read from the socket until it is open. */
  connect(open: (signal: AbortSignal) => Promise<TerminalConnection>): void {
    this.#socket.pause();
    const signal = AbortSignal.any([
      this.#ended,
      this.#closed.signal,
      AbortSignal.timeout(OPEN_TIMEOUT_MS),
    ]);
    void this.#connect(open, signal);
  }

  async #connect(
    open: (signal: AbortSignal) => Promise<TerminalConnection>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const connection = await open(signal);
      this.#connection = connection;
      connection.onFrame = (frame) => {
        this.#deliver(frame);
      };
      connection.onClose = () => {
        this.#socket.close(CloseCode.restart, 'The terminal has ended.');
      };
      if (this.#closed.signal.aborted) connection[Symbol.dispose]();
      this.#socket.resume();
    } catch (error) {
      this.#socket.resume();
      if (!this.#ended.aborted) this.#socket.close(CloseCode.restart, toLabError(error).code);
    }
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const limit = isBinary ? MAX_INPUT_BYTES : MAX_CONTROL_BYTES;
    if (data.length > limit) {
      this.#refuse(`A frame has ${data.length} bytes; at most ${limit} are allowed.`);
    } else if (isBinary) {
      if (this.#isAttached) this.#connection?.send(data);
      else this.#refuse('Input came before attach.');
    } else {
      this.#control(data.toString('utf8'));
    }
    const wait = (isBinary ? this.#inputRate : this.#controlRate).take(data.length);
    if (wait > 0) {
      this.#socket.pause();
      setTimeout(() => this.#socket.resume(), wait).unref();
    }
  }

  #control(text: string): void {
    const parsed = clientMessageSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      this.#refuse('kindlab.tty.v1 has no such control message.');
      return;
    }
    const isAttach = parsed.data.type === 'attach';
    if (isAttach === this.#isAttached) {
      this.#refuse('attach must come first, and only once.');
      return;
    }
    this.#isAttached = true;
    if (parsed.data.type === 'ping') {
      // Not passed on: a frozen sandbox would not answer, so the page would reconnect and wake it.
      this.#deliver(JSON.stringify({ type: 'pong', at: parsed.data.at } satisfies ServerMessage));
      return;
    }
    this.#connection?.send(JSON.stringify(parsed.data));
  }

  #deliver(frame: string | Uint8Array): void {
    this.#socket.send(frame, { binary: typeof frame !== 'string' }, () => {
      if (!this.#isHeld || this.#socket.bufferedAmount > SEND_LOW_BYTES) return;
      this.#isHeld = false;
      this.#connection?.resume();
    });
    if (this.#isHeld || this.#socket.bufferedAmount < SEND_HIGH_BYTES) return;
    this.#isHeld = true;
    this.#connection?.pause();
  }

  #refuse(reason: string): void {
    this.#socket.close(CloseCode.badFrame, reason);
  }

  /** Keeps the socket alive through proxies, drops a silent client, and ends with the session. */
  #watch(): void {
    let lastPing = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - this.#lastHeard > SILENCE_MS) {
        this.#socket.terminate();
      } else if (now - lastPing >= PING_EVERY_MS) {
        lastPing = now;
        this.#socket.ping();
      }
    }, HEARTBEAT_MS);
    const end = (): void => {
      this.#socket.close(CloseCode.ended, 'The session has ended.');
    };
    if (this.#ended.aborted) end();
    this.#ended.addEventListener('abort', end, { once: true });
    this.#closed.signal.addEventListener('abort', () => {
      clearInterval(timer);
      this.#ended.removeEventListener('abort', end);
      this.#connection?.[Symbol.dispose]();
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
