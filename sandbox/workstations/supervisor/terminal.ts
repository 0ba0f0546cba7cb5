import { type IPty, spawn } from '@lydell/node-pty';
import { randomUUID } from 'node:crypto';
import { RING_BYTES } from '../../../src/protocol/tty-frames.ts';
import { PrivateModes } from './modes.ts';
import { Ring } from './ring.ts';

export interface TerminalSize {
  cols: number;
  rows: number;
}

/** The user that a shell runs as. */
export interface ShellUser {
  uid: number;
  gid: number;
  /** The shell's first working directory. */
  directory: string;
  env: Record<string, string>;
}

export interface TerminalListener {
  onOutput(): void;
  onExit(exitCode: number, signal: number | undefined): void;
}

const SNAPSHOT_BYTES = 256 * 1024;
const RESET = '\x1bc';
const LINE_FEED = 0x0a;
const REPAINT_MS = 50;
/** Well below the 200 ms after which node-pty drops the unread output of a shell that has ended. */
const ALIVE_POLL_MS = 50;
/** When memory runs out, the kernel kills what the learner started, not the supervisor. */
const SHELL = 'echo 500 > /proc/self/oom_score_adj; exec /bin/bash --login';

/**
 * A shell on a pseudo terminal, with its last output. It lasts until its shell ends or it is
 * disposed, with or without viewers.
 */
export class Terminal implements Disposable {
  /** Identifies this shell. Another shell with the same number has another epoch. */
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
      // Bytes instead of text, because chunks may cut characters.
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

  /** Whether the output from this offset on is still held. */
  holds(offset: number): boolean {
    return offset >= this.#ring.start && offset <= this.#ring.end;
  }

  /** The bytes from one offset to another, which must be held. */
  read(from: number, to: number): Buffer {
    return this.#ring.read(from, to);
  }

  /**
   * Bytes that redraw the screen and some history: a reset, the modes that dropped output had set,
   * and the raw end of the output from the start of a line. Unlike a serialized screen, raw bytes
   * lose nothing.
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

  /** Types into the terminal. Ignored after the shell has ended. */
  write(bytes: Uint8Array): void {
    if (!this.#ended) this.#pty.write(Buffer.from(bytes) as unknown as string);
  }

  resize(size: TerminalSize): void {
    if (this.#ended || (size.cols === this.#size.cols && size.rows === this.#size.rows)) return;
    this.#size = { cols: size.cols, rows: size.rows };
    try {
      this.#pty.resize(size.cols, size.rows);
    } catch {
      // The shell has just ended; its exit event is about to arrive.
    }
  }

  /** Makes a full-screen program redraw its whole screen, by changing the size for a moment. */
  repaint(): void {
    const { cols, rows } = this.#size;
    this.resize({ cols, rows: rows - 1 });
    setTimeout(() => {
      if (this.#size.rows === rows - 1) this.resize({ cols: this.#size.cols, rows });
    }, REPAINT_MS);
  }

  /**
   * While paused, nothing is read from the shell, so that its writes block. The remaining output of
   * a shell that ends is still read.
   */
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
