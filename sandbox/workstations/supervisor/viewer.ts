import type { Socket } from 'node:net';
import { encodeFrame, FrameKind, HIGH_WATER_BYTES } from '../../../src/protocol/tty-frames.ts';
import type { ClientMessage, ServerMessage } from '../../../src/protocol/tty.ts';
import { FrameReader, type OpenMessage, packFrame, type StreamFrame } from '../framing.ts';
import { FlowControl } from './flow.ts';
import type { Terminal } from './terminal.ts';
import type { Terminals } from './terminals.ts';

const CHUNK_BYTES = 64 * 1024;
/** A viewer that acknowledges nothing for this long no longer holds up the shell. */
const STALL_MS = 5_000;
const LOST_OUTPUT = 'Earlier output is no longer kept; this is the end of it.';

/** One connection that shows one terminal. The terminal's driver sets its size and paces its output; observers keep up as they can. */
export class Viewer {
  readonly #socket: Socket;
  readonly #terminals: Terminals;
  readonly #reader = new FrameReader();
  #number: number | undefined;
  #terminal: Terminal | undefined;
  #subscription: Disposable | undefined;
  #flow = new FlowControl(0);
  #position = 0;
  #needsSnapshot = false;
  #isPumpDue = false;
  #stall: NodeJS.Timeout | undefined;
  #isStalled = false;

  constructor(socket: Socket, terminals: Terminals) {
    this.#socket = socket;
    this.#terminals = terminals;
    socket.on('data', (chunk) => {
      try {
        for (const frame of this.#reader.push(chunk)) this.#receive(frame);
      } catch {
        socket.destroy();
      }
    });
    socket.on('drain', () => {
      this.#pump();
    });
    socket.on('error', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      this.#detach();
    });
  }

  /** Whether the shell has to wait for this viewer, lest the ring forget what it has not seen. */
  get isHoldingUp(): boolean {
    const backlog = (this.#terminal?.end ?? 0) - this.#position;
    return backlog >= HIGH_WATER_BYTES && !this.#isStalled;
  }

  send(message: ServerMessage): void {
    this.#socket.write(packFrame(JSON.stringify(message)));
  }

  #receive(frame: StreamFrame): void {
    if (typeof frame !== 'string') {
      this.#terminal?.write(frame);
      return;
    }
    // The server has checked these against the schemas; nobody else can open the socket.
    const message = JSON.parse(frame) as OpenMessage | ClientMessage;
    if (message.type === 'open') this.#number = message.terminal;
    else this.#control(message);
  }

  #control(message: ClientMessage): void {
    switch (message.type) {
      case 'attach':
        this.#attach(message);
        break;
      case 'resize':
        if (this.#terminals.isDriver(this)) this.#terminal?.resize(message);
        break;
      case 'ack':
        this.#acknowledge(message.offset);
        break;
      case 'role':
        if (this.#terminal) this.#terminals.setRole(this.#terminal, this, message.role);
        break;
      case 'ping':
        this.send({ type: 'pong', at: message.at });
        break;
    }
  }

  #attach(message: Extract<ClientMessage, { type: 'attach' }>): void {
    if (this.#terminal || this.#number === undefined) return;
    const size = { cols: message.cols, rows: message.rows };
    const terminal = this.#terminals.open(this.#number, size);
    this.#terminal = terminal;
    const isSameShell = message.epoch === undefined || message.epoch === terminal.epoch;
    this.#position = isSameShell ? message.lastOffset : 0;
    this.#needsSnapshot = !terminal.holds(this.#position);
    this.#flow = new FlowControl(this.#position);
    this.send({ type: 'hello', epoch: terminal.epoch, end: terminal.end, ...size });
    this.#subscription = terminal.subscribe({
      onOutput: () => {
        this.#schedulePump();
      },
      onExit: (exitCode, signal) => {
        this.#pump();
        this.send({ type: 'exit', exitCode, ...(signal === undefined ? {} : { signal }) });
      },
    });
    this.#terminals.setRole(terminal, this, 'driver');
    terminal.resize(size);
    this.#pump();
  }

  /** Chunks that arrive in one turn of the event loop leave as one frame. */
  #schedulePump(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    setImmediate(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    const terminal = this.#terminal;
    if (!terminal || this.#socket.destroyed) return;
    while (!this.#flow.isWaiting && !this.#socket.writableNeedDrain) {
      if (this.#needsSnapshot || !terminal.holds(this.#position)) {
        this.#sendSnapshot(terminal);
      } else if (this.#position < terminal.end) {
        const bytes = terminal.read(this.#position, CHUNK_BYTES);
        this.#sendBytes(FrameKind.output, this.#position, bytes);
        this.#position += bytes.length;
        this.#flow.sent(this.#position);
      } else {
        break;
      }
    }
    this.#watchForStall();
    this.#terminals.pace(terminal);
  }

  #sendSnapshot(terminal: Terminal): void {
    this.#needsSnapshot = false;
    this.#position = terminal.end;
    this.#flow = new FlowControl(this.#position);
    this.send({ type: 'notice', message: LOST_OUTPUT });
    this.#sendBytes(FrameKind.snapshot, this.#position, terminal.snapshot());
  }

  #sendBytes(kind: FrameKind, offset: number, bytes: Uint8Array): void {
    this.#socket.write(packFrame(encodeFrame({ kind, offset, bytes })));
  }

  #acknowledge(offset: number): void {
    this.#flow.acked(offset);
    clearTimeout(this.#stall);
    this.#stall = undefined;
    this.#isStalled = false;
    this.#pump();
  }

  #watchForStall(): void {
    if (!this.#flow.isWaiting || this.#stall !== undefined || this.#isStalled) return;
    this.#stall = setTimeout(() => {
      this.#isStalled = true;
      this.#stall = undefined;
      if (this.#terminal) this.#terminals.pace(this.#terminal);
    }, STALL_MS);
  }

  #detach(): void {
    clearTimeout(this.#stall);
    this.#subscription?.[Symbol.dispose]();
    if (this.#terminal) this.#terminals.leave(this.#terminal, this);
    this.#terminal = undefined;
  }
}
