import { type IPty, spawn } from '@lydell/node-pty';
import { randomUUID } from 'node:crypto';
import { RING_BYTES } from '../../../src/protocol/tty-frames.ts';
import { PrivateModes } from './modes.ts';
import { Ring } from './ring.ts';

export interface TerminalSize {
  cols: number;
  rows: number;
}

/** Whose shell it is. */
export interface ShellUser {
  uid: number;
  gid: number;
  /** Where the shell begins. */
  directory: string;
  env: Record<string, string>;
}

/** One who is told what a terminal prints. */
export interface TerminalListener {
  onOutput(): void;
  onExit(exitCode: number, signal: number | undefined): void;
}

const SNAPSHOT_BYTES = 256 * 1024;
const RESET = '\x1bc';
const LINE_FEED = 0x0a;
const REPAINT_MS = 50;
/** Well within the 200 ms after which node-pty drops what an ended shell has printed and nobody has read. */
const ALIVE_POLL_MS = 50;
/** When memory runs out, what the learner started goes first, never the supervisor. */
const SHELL = 'echo 500 > /proc/self/oom_score_adj; exec /bin/bash --login';

/** A shell on a pseudo terminal, with the end of what it printed. Lives until its shell ends or it is disposed, whoever watches. */
export class Terminal implements Disposable {
  /** Names this shell: another shell behind the same number has another epoch. */
  readonly epoch = randomUUID();
  readonly #pty: IPty;
  readonly #evicted = new PrivateModes();
  readonly #ring = new Ring(RING_BYTES, (bytes) => {
    this.#evicted.feed(bytes);
  });
  readonly #listeners = new Set<TerminalListener>();
  #size: TerminalSize;
  #ended = false;
  #isPaused = false;
  #alivePoll: NodeJS.Timeout | undefined;

  constructor(size: TerminalSize, user: ShellUser) {
    this.#size = size;
    this.#pty = spawn('/bin/sh', ['-c', SHELL], {
      name: 'xterm-256color',
      ...size,
      uid: user.uid,
      gid: user.gid,
      cwd: user.directory,
      env: user.env,
      // Bytes, not text: a chunk may cut a character anywhere.
      encoding: null,
    });
    this.#pty.onData((data: string | Buffer) => {
      this.#ring.append(typeof data === 'string' ? Buffer.from(data) : data);
      for (const listener of this.#listeners) listener.onOutput();
    });
    this.#pty.onExit(({ exitCode, signal }) => {
      this.#ended = true;
      clearInterval(this.#alivePoll);
      for (const listener of this.#listeners) listener.onExit(exitCode, signal);
    });
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  get size(): TerminalSize {
    return this.#size;
  }

  /** The offset after the last byte printed. */
  get end(): number {
    return this.#ring.end;
  }

  /** Whether output from this offset on is still held. */
  holds(offset: number): boolean {
    return offset >= this.#ring.start && offset <= this.#ring.end;
  }

  /** The bytes from one offset to another, which must be held. */
  read(from: number, to: number): Buffer {
    return this.#ring.read(from, to);
  }

  /**
   * Bytes that draw the screen and some history anew: a reset, the modes that forgotten output had set, and the raw end of the
   * output from the beginning of a line. Raw bytes lose nothing that a serialised screen would.
   */
  snapshot(): { bytes: Buffer; isAlternateScreen: boolean } {
    const cut = Math.max(this.#ring.start, this.#ring.end - SNAPSHOT_BYTES);
    const tail = this.#ring.read(cut, this.#ring.end);
    const from = cut === 0 ? 0 : cut + tail.indexOf(LINE_FEED) + 1;
    const modes = this.#evicted.clone();
    modes.feed(this.#ring.read(this.#ring.start, from));
    const before = modes.toSequence();
    const bytes = this.#ring.read(from, this.#ring.end);
    modes.feed(bytes);
    return {
      bytes: Buffer.concat([Buffer.from(RESET + before), bytes]),
      isAlternateScreen: modes.isAlternateScreen,
    };
  }

  /** Types into the terminal; ignored once the shell has ended. */
  write(bytes: Uint8Array): void {
    if (!this.#ended) this.#pty.write(Buffer.from(bytes) as unknown as string);
  }

  resize(size: TerminalSize): void {
    if (this.#ended || (size.cols === this.#size.cols && size.rows === this.#size.rows)) return;
    this.#size = { cols: size.cols, rows: size.rows };
    try {
      this.#pty.resize(size.cols, size.rows);
    } catch {
      // The shell has just ended; its exit is on the way.
    }
  }

  /** Makes a full-screen program draw all of its screen again: it does when the size changes. */
  repaint(): void {
    const { cols, rows } = this.#size;
    this.resize({ cols, rows: rows - 1 });
    setTimeout(() => {
      if (this.#size.rows === rows - 1) this.resize({ cols: this.#size.cols, rows });
    }, REPAINT_MS);
  }

  /** While paused nothing is read from the shell, so that its writes block. What an ended shell has left is read at once. */
  setPaused(paused: boolean): void {
    if (this.#ended || paused === this.#isPaused) return;
    this.#isPaused = paused;
    clearInterval(this.#alivePoll);
    if (paused) {
      this.#pty.pause();
      this.#alivePoll = setInterval(() => {
        if (!isAlive(this.#pty.pid)) this.setPaused(false);
      }, ALIVE_POLL_MS);
    } else {
      this.#pty.resume();
    }
  }

  subscribe(listener: TerminalListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Hangs up on the shell and its jobs. */
  [Symbol.dispose](): void {
    if (!this.#ended) this.#pty.kill('SIGHUP');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
