import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CloseCode, encodeFrame, FrameKind } from '../../protocol/tty-frames.ts';
import type { ClientMessage, ServerMessage } from '../../protocol/tty.ts';
import { Connection, type ConnectionEvents, type TtySocket } from './connection.ts';

class FakeSocket implements TtySocket {
  binaryType: BinaryType = 'blob';
  onopen: TtySocket['onopen'] = null;
  onmessage: TtySocket['onmessage'] = null;
  onclose: TtySocket['onclose'] = null;
  readonly sent: (string | Uint8Array)[] = [];
  isClosed = false;

  send(data: string | Blob | BufferSource): void {
    this.sent.push(data as string | Uint8Array);
  }
  close(): void {
    this.isClosed = true;
  }
  /** The server's side. */
  open(): void {
    this.onopen?.call(this as unknown as WebSocket, new Event('open'));
  }
  say(message: ServerMessage): void {
    this.#deliver(JSON.stringify(message));
  }
  print(offset: number, text: string, kind: FrameKind = FrameKind.output): void {
    const bytes = new TextEncoder().encode(text);
    this.#deliver(encodeFrame({ kind, offset, bytes }).buffer);
  }
  drop(code: number): void {
    this.onclose?.call(this as unknown as WebSocket, { code } as CloseEvent);
  }
  get messages(): ClientMessage[] {
    return this.sent
      .filter((data) => typeof data === 'string')
      .map((text) => JSON.parse(text) as ClientMessage);
  }
  get input(): string {
    const binary = this.sent.filter((data) => typeof data !== 'string');
    return binary.map((bytes) => new TextDecoder().decode(bytes)).join('');
  }
  #deliver(data: string | ArrayBuffer): void {
    this.onmessage?.call(this as unknown as WebSocket, { data } as MessageEvent);
  }
}

function setUp() {
  const sockets: FakeSocket[] = [];
  const parsed: (() => void)[] = [];
  const screen = {
    cols: 100,
    rows: 30,
    text: '',
    resets: 0,
    isLazy: false,
    write(bytes: Uint8Array, done: () => void) {
      this.text += new TextDecoder().decode(bytes);
      if (this.isLazy) parsed.push(done);
      else done();
    },
    reset() {
      this.text = '';
      this.resets++;
    },
  };
  const events = {
    onState: vi.fn<ConnectionEvents['onState']>(),
    onRtt: vi.fn<ConnectionEvents['onRtt']>(),
    onNotice: vi.fn<ConnectionEvents['onNotice']>(),
    onRole: vi.fn<ConnectionEvents['onRole']>(),
    onSize: vi.fn<ConnectionEvents['onSize']>(),
    onExit: vi.fn<ConnectionEvents['onExit']>(),
  };
  const connection = new Connection({
    url: 'ws://127.0.0.1/tty',
    screen,
    events,
    createSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
  });
  const last = () => sockets.at(-1)!;
  const greet = (end = 0, epoch = 'a') => {
    last().open();
    last().say({ type: 'hello', epoch, end, cols: 100, rows: 30 });
    return last();
  };
  return { connection, sockets, screen, events, parsed, last, greet };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a connection', () => {
  it('attaches with its size and asks for everything', () => {
    const { connection, greet, events } = setUp();
    connection.connect();
    const socket = greet();
    expect(socket.messages).toEqual([{ type: 'attach', cols: 100, rows: 30, lastOffset: 0 }]);
    expect(events.onState.mock.calls.map(([state]) => state)).toEqual(['connecting', 'open']);
  });

  it('resumes where it was, after growing delays, and drops what it already has', () => {
    const { connection, greet, screen, sockets } = setUp();
    connection.connect();
    greet().print(0, 'hello ');
    for (const delay of [500, 1_000, 2_000]) {
      sockets.at(-1)!.drop(CloseCode.network);
      const before = sockets.length;
      vi.advanceTimersByTime(delay * 0.79);
      expect(sockets).toHaveLength(before);
      vi.advanceTimersByTime(delay * 0.42);
      expect(sockets).toHaveLength(before + 1);
    }
    const socket = greet(6);
    expect(socket.messages[0]).toMatchObject({ lastOffset: 6, epoch: 'a' });
    socket.print(3, 'lo world');
    expect(screen.text).toBe('hello world');
  });

  it('does not reconnect when there is nothing to reconnect to', () => {
    for (const code of [CloseCode.ended, CloseCode.forbidden, CloseCode.noSession, 4400]) {
      const { connection, greet, sockets, events } = setUp();
      connection.connect();
      greet().drop(code);
      vi.advanceTimersByTime(60_000);
      expect(sockets).toHaveLength(1);
      expect(events.onState).toHaveBeenLastCalledWith('closed', expect.any(String));
    }
  });

  it('refuses input that cannot be sent now, and never sends it later', () => {
    const { connection, greet, last } = setUp();
    connection.connect();
    expect(connection.send('early')).toBe(false);
    greet().drop(CloseCode.restart);
    expect(connection.send('offline')).toBe(false);
    vi.advanceTimersByTime(1_000);
    greet();
    expect(connection.send('now')).toBe(true);
    expect(last().input).toBe('now');
  });

  it('splits long input into frames that the server accepts', () => {
    const { connection, greet } = setUp();
    connection.connect();
    const socket = greet();
    const text = 'あ'.repeat(20_000);
    connection.send(text);
    const sizes = socket.sent.filter((s) => typeof s !== 'string').map((s) => s.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16 * 1024);
    const joined = Buffer.concat(socket.sent.filter((s) => typeof s !== 'string'));
    expect(joined.toString('utf8')).toBe(text);
  });

  it('answers no replayed query, but the first live one', () => {
    const { connection, greet, screen, parsed } = setUp();
    screen.isLazy = true;
    connection.connect();
    const socket = greet(4);
    socket.print(0, 'pastnow');
    expect(connection.isReplaying).toBe(true);
    parsed.shift()!();
    expect(connection.isReplaying).toBe(false);
    expect(parsed).toHaveLength(1);
  });

  it('starts again with a new shell', () => {
    const { connection, greet, screen, sockets } = setUp();
    connection.connect();
    greet().print(0, 'old');
    sockets[0]!.drop(CloseCode.network);
    vi.advanceTimersByTime(1_000);
    greet(0, 'b').print(0, 'new');
    expect(screen.text).toBe('new');
    expect(screen.resets).toBe(1);
  });

  it('continues after a snapshot at its offset', () => {
    const { connection, greet, screen } = setUp();
    connection.connect();
    const socket = greet(5_000_000);
    socket.print(5_000_000, 'tail ', FrameKind.snapshot);
    expect(connection.isReplaying).toBe(false);
    socket.print(5_000_000, 'live');
    expect(screen.text).toBe('tail live');
  });

  it('starts over when output is missing instead of drawing a gap', () => {
    const { connection, greet, screen, sockets } = setUp();
    connection.connect();
    const socket = greet();
    socket.print(0, 'abc');
    socket.print(7, 'hij');
    expect(socket.isClosed).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
    greet(10).print(3, 'defghij');
    expect(screen.text).toBe('abcdefghij');
  });

  it('notices a connection that no longer answers', () => {
    const { connection, greet, sockets, events } = setUp();
    connection.connect();
    const socket = greet();
    vi.advanceTimersByTime(15_000);
    const ping = socket.messages.at(-1)!;
    expect(ping.type).toBe('ping');
    socket.say({ type: 'pong', at: performance.now() - 7 });
    expect(events.onRtt.mock.lastCall?.[0]).toBeCloseTo(7);
    vi.advanceTimersByTime(30_000);
    expect(socket.isClosed).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
  });

  it('gives up on a server that never says hello, and tries again', () => {
    const { connection, sockets, last } = setUp();
    connection.connect();
    last().open();
    vi.advanceTimersByTime(11_000);
    expect(sockets).toHaveLength(2);
  });

  it('reports the end of the shell, and can start the next one', () => {
    const { connection, greet, events, sockets } = setUp();
    connection.connect();
    greet().say({ type: 'exit', exitCode: 3 });
    expect(events.onExit).toHaveBeenCalledWith(3);
    expect(connection.state).toBe('closed');
    connection.connect();
    expect(sockets).toHaveLength(2);
  });

  it('becomes the driver on request once it is open', () => {
    const { connection, greet, last } = setUp();
    connection.connect();
    connection.drive();
    expect(last().messages).toEqual([]);
    greet(0);
    connection.drive();
    expect(last().messages.at(-1)).toEqual({ type: 'role', role: 'driver' });
  });
});

describe('a connection that fails at random', () => {
  /** A seeded generator, so that a failure can be reproduced. */
  const randomFrom = (seed: number) => () =>
    (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;

  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'loses and repeats nothing (%i)',
    (seed) => {
      const random = randomFrom(seed);
      const { connection, greet, screen, parsed, last } = setUp();
      screen.isLazy = true;
      const output = Array.from({ length: 3_000 }, () =>
        String.fromCharCode(97 + random() * 26),
      ).join('');
      connection.connect();
      let from = 0;
      const attach = () => {
        greet(output.length);
        const message = last().messages[0]!;
        from = message.type === 'attach' ? message.lastOffset : -1;
      };
      attach();
      while (screen.text.length < output.length) {
        const dice = random();
        if (dice < 0.1) {
          last().drop(CloseCode.network);
          vi.advanceTimersByTime(12_000);
          attach();
        } else if (dice < 0.3) {
          parsed.shift()?.();
        } else {
          const length = 1 + Math.floor(random() * 200);
          const begin = Math.max(0, from - (dice < 0.4 ? Math.floor(random() * 50) : 0));
          last().print(begin, output.slice(begin, begin + length));
          from = Math.max(from, Math.min(begin + length, output.length));
        }
      }
      expect(screen.text).toBe(output);
    },
  );
});
