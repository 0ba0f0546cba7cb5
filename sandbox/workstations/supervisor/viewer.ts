import type { Socket } from 'node:net';
import { encodeFrame, FrameKind } from '../../../src/protocol/tty-frames.ts';
import type { ClientMessage, ServerMessage } from '../../../src/protocol/tty.ts';
import { FrameReader, type OpenMessage, packFrame, type StreamFrame } from '../framing.ts';
import { FlowControl } from './flow.ts';
import type { Terminal, TerminalSize } from './terminal.ts';
import type { Participant, Terminals } from './terminals.ts';

/** The largest frame of output. */
const CHUNK_BYTES = 64 * 1024;
/** The time between frames of continuous output. The first byte after a silence never waits. */
const COALESCE_MS = 4;
/**
 * A driver without acks for this long stops holding up the shell; it gets a snapshot afterwards.
 */
const STALL_MS = 10_000;
const LOST_OUTPUT = 'Earlier output is no longer available; this is the end of it.';

/** One connection that shows one terminal. An error ends only this connection. */
export class Viewer implements Participant {
  readonly #socket: Socket;
  readonly #terminals: Terminals;
  readonly #reader = new FrameReader();
  #number = 0;
  #terminal: Terminal | undefined;
  #subscription: Disposable | undefined;
  #size: TerminalSize = { cols: 80, rows: 24 };
  #flow = new FlowControl(0);
  /** The next byte to send. */
  #position = 0;
  #lastPump = 0;
  #pumpTimer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #isStalled = false;

  constructor(socket: Socket, terminals: Terminals) {
    this.#socket = socket;
    this.#terminals = terminals;
    socket.on('data', (chunk) => {
      this.#guard(() => {
        for (const frame of this.#reader.push(chunk)) this.#receive(frame);
      });
    });
    socket.on('drain', () => {
      this.#guard(() => {
        this.#pump();
      });
    });
    socket.on('error', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      this.#detach();
    });
  }

  get size(): TerminalSize {
    return this.#size;
  }

  get isHoldingUp(): boolean {
    return this.#flow.isFull && !this.#isStalled;
  }

  send(message: ServerMessage): void {
    this.#write(JSON.stringify(message));
  }

  #receive(frame: StreamFrame): void {
    if (typeof frame !== 'string') {
      this.#input(frame);
      return;
    }
    // The server has validated these, and only the server can open the socket.
    const message = JSON.parse(frame) as OpenMessage | ClientMessage;
    switch (message.type) {
      case 'open':
        this.#number = message.terminal;
        // An attach will follow: the shell can start already.
        this.#terminals.open(this.#number, this.#size);
        break;
      case 'attach':
        this.#attach(message);
        break;
      case 'resize':
        this.#resize(message);
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

  #attach({ cols, rows, lastOffset, epoch }: Extract<ClientMessage, { type: 'attach' }>): void {
    if (this.#terminal) return;
    this.#size = { cols, rows };
    const terminal = this.#terminals.open(this.#number, this.#size);
    this.#terminal = terminal;
    this.#position = epoch === undefined || epoch === terminal.epoch ? lastOffset : 0;
    this.#flow = new FlowControl(this.#position);
    this.send({ type: 'hello', epoch: terminal.epoch, end: terminal.end, cols, rows });
    this.#subscription = terminal.subscribe({
      onOutput: () => {
        this.#guard(() => {
          this.#printed(terminal);
        });
      },
      onExit: (exitCode, signal) => {
        this.#exit(terminal, exitCode, signal);
      },
    });
    if (terminal.holds(this.#position)) this.#flow.printed(terminal.end);
    if (this.#flow.isFull) this.#watchForStall();
    this.#terminals.join(terminal, this);
    this.#pump();
  }

  #input(bytes: Uint8Array): void {
    const terminal = this.#terminal;
    if (!terminal) return;
    if (!this.#terminals.isDriver(terminal, this)) {
      this.#terminals.setRole(terminal, this, 'driver');
    }
    terminal.write(bytes);
  }

  #resize({ cols, rows }: TerminalSize): void {
    this.#size = { cols, rows };
    const terminal = this.#terminal;
    if (terminal && this.#terminals.isDriver(terminal, this)) this.#terminals.fit(terminal);
  }

  #printed(terminal: Terminal): void {
    this.#flow.printed(terminal.end);
    if (this.#flow.isFull) {
      this.#watchForStall();
      this.#terminals.pace(terminal);
    }
    if (this.#pumpTimer !== undefined) return;
    const pump = (): void => {
      this.#pumpTimer = undefined;
      this.#guard(() => {
        this.#pump();
      });
    };
    const wait = this.#lastPump + COALESCE_MS - performance.now();
    this.#pumpTimer = wait <= 0 ? setImmediate(pump) : setTimeout(pump, wait);
  }

  #pump(): void {
    const terminal = this.#terminal;
    if (!terminal) return;
    this.#lastPump = performance.now();
    if (!terminal.holds(this.#position)) {
      if (!this.#isStalled && !this.#socket.writableNeedDrain) this.#sendSnapshot(terminal);
      return;
    }
    while (!this.#socket.writableNeedDrain) {
      const end = Math.min(terminal.end, this.#flow.limit, this.#position + CHUNK_BYTES);
      if (end <= this.#position) return;
      const bytes = terminal.read(this.#position, end);
      this.#write(encodeFrame({ kind: FrameKind.output, offset: this.#position, bytes }));
      this.#position = end;
    }
  }

  #sendSnapshot(terminal: Terminal): void {
    this.#position = terminal.end;
    this.#flow = new FlowControl(this.#position);
    this.#endStall();
    this.send({ type: 'notice', message: LOST_OUTPUT });
    const { bytes, isAlternateScreen } = terminal.snapshot();
    this.#write(encodeFrame({ kind: FrameKind.snapshot, offset: this.#position, bytes }));
    this.#terminals.pace(terminal);
    if (isAlternateScreen) terminal.repaint();
  }

  #acknowledge(offset: number): void {
    const terminal = this.#terminal;
    if (!terminal || !this.#flow.acked(offset)) return;
    this.#endStall();
    if (this.#flow.isFull) this.#watchForStall();
    this.#pump();
    this.#terminals.pace(terminal);
  }

  #watchForStall(): void {
    if (this.#stallTimer !== undefined || this.#isStalled) return;
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = undefined;
      this.#isStalled = true;
      if (this.#terminal) this.#terminals.pace(this.#terminal);
    }, STALL_MS);
  }

  #endStall(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    this.#isStalled = false;
  }

  #exit(terminal: Terminal, exitCode: number, signal: number | undefined): void {
    this.#guard(() => {
      // The limit no longer matters, because no more output will follow.
      while (terminal.holds(this.#position) && this.#position < terminal.end) {
        const end = Math.min(terminal.end, this.#position + CHUNK_BYTES);
        const bytes = terminal.read(this.#position, end);
        this.#write(encodeFrame({ kind: FrameKind.output, offset: this.#position, bytes }));
        this.#position = end;
      }
      this.send({ type: 'exit', exitCode, ...(signal === undefined ? {} : { signal }) });
    });
  }

  #write(frame: StreamFrame): void {
    if (!this.#socket.destroyed) this.#socket.write(packFrame(frame));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #detach(): void {
    clearTimeout(this.#stallTimer);
    clearTimeout(this.#pumpTimer as NodeJS.Timeout | undefined);
    clearImmediate(this.#pumpTimer as NodeJS.Immediate | undefined);
    this.#subscription?.[Symbol.dispose]();
    const terminal = this.#terminal;
    this.#terminal = undefined;
    if (terminal) this.#terminals.leave(terminal, this);
  }
}
