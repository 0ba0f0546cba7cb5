import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../src/async.ts';
import { ATTACH, closed, TerminalRoute } from '../../tests/support/terminal-route.ts';

const SOON = { pollMs: 5, timeoutMs: 3_000 };

let route: TerminalRoute;

beforeEach(async () => {
  route = await new TerminalRoute().start();
});

afterEach(async () => {
  vi.useRealTimers();
  await route[Symbol.asyncDispose]();
});

/** The next message of a socket. */
async function next(socket: WebSocket): Promise<[data: Buffer, isBinary: boolean]> {
  return new Promise((resolve) => {
    socket.once('message', (data, isBinary) => resolve([data as Buffer, isBinary]));
  });
}

describe('the socket of a terminal', () => {
  it('carries control messages, input and output', async () => {
    const { socket, connection } = await route.attach();
    expect(connection.received[0]).toBe(ATTACH);
    socket.send(Buffer.from('ls\r'));
    await until(() => connection.received.length === 2, SOON);
    expect(Buffer.from(connection.received[1] as Uint8Array).toString()).toBe('ls\r');
    const answer = next(socket);
    connection.onFrame(Buffer.from([0, 1, 2]));
    expect(await answer).toEqual([Buffer.from([0, 1, 2]), true]);
  });

  it('answers pings itself, because a frozen sandbox cannot', async () => {
    const { socket, connection } = await route.attach();
    const answer = next(socket);
    socket.send(JSON.stringify({ type: 'ping', at: 12.5 }));
    expect(JSON.parse((await answer)[0].toString())).toEqual({ type: 'pong', at: 12.5 });
    expect(connection.received).toEqual([ATTACH]);
  });

  it('ends with the session', async () => {
    const first = await route.attach();
    const second = await route.attach('1');
    const both = Promise.all([closed(first.socket), closed(second.socket)]);
    route.session.abort();
    expect((await both).map(({ code }) => code)).toEqual([4410, 4410]);
    await until(() => first.connection.isDisposed && second.connection.isDisposed, SOON);
  });

  it('asks the client to reconnect when the terminal or the server stops', async () => {
    const first = await route.attach();
    const firstClosed = closed(first.socket);
    first.connection.onClose();
    expect((await firstClosed).code).toBe(1012);
    const second = await route.attach();
    const secondClosed = closed(second.socket);
    await route.close();
    expect((await secondClosed).code).toBe(1012);
  });
});

describe('a frame that is not allowed', () => {
  it.each([
    ['no JSON', 'attach please'],
    ['an unknown type', '{"type":"open","terminal":1}'],
    ['an unknown field', '{"type":"ping","at":1,"x":1}'],
    ['a size out of bounds', '{"type":"resize","cols":9999,"rows":24}'],
    ['a second attach', ATTACH],
    ['an oversized control message', JSON.stringify({ type: 'ping', at: 1, x: 'y'.repeat(5_000) })],
    ['oversized input', Buffer.alloc(16 * 1024 + 1)],
  ])('closes the socket with 4400 (%s), and no other', async (_, frame) => {
    const { socket, connection } = await route.attach();
    socket.send(frame);
    const { code, reason } = await closed(socket);
    expect(code).toBe(4400);
    expect(reason).not.toBe('');
    expect(connection.received).toHaveLength(1);
    await until(() => connection.isDisposed, SOON);
    (await route.attach()).socket.close();
  });

  it('is input before attach, or a frame above the limit of the socket', async () => {
    const early = route.dial();
    early.once('open', () => early.send(Buffer.from('x')));
    expect((await closed(early)).code).toBe(4400);
    const { socket } = await route.attach();
    socket.send(Buffer.alloc(70_000));
    expect((await closed(socket)).code).toBe(1009);
  });
});

describe('the flow', () => {
  it('pauses a flood while the socket is slow, and resumes it afterwards', async () => {
    const { socket, connection } = await route.attach();
    socket.pause();
    const frame = Buffer.alloc(64 * 1024);
    for (let i = 0; i < 2_000 && !connection.isPaused; i++) {
      connection.onFrame(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.isPaused).toBe(true);
    socket.resume();
    await until(() => !connection.isPaused, SOON);
  });

  it('slows down input above its rate without dropping any', async () => {
    const { socket, connection } = await route.attach();
    const frame = Buffer.alloc(16 * 1024, 'a');
    for (let i = 0; i < 70; i++) socket.send(frame);
    const bytes = (): number => connection.received.slice(1).reduce((sum, f) => sum + f.length, 0);
    await until(() => bytes() >= 1024 * 1024, SOON);
    const atBurst = bytes();
    expect(atBurst).toBeLessThan(70 * frame.length);
    await until(() => bytes() === 70 * frame.length, SOON);
  });
});

describe('a client that is silent', () => {
  it('loses its socket after 45 s', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { socket } = await route.attach();
    const end = closed(socket);
    // No event is processed meanwhile, so that no pong arrives.
    vi.advanceTimersByTime(50_000);
    expect((await end).code).toBe(1006);
  });

  it('keeps its socket when only the clock of the machine jumps', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const { socket } = await route.attach();
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(5_000);
    const answer = next(socket);
    socket.send(JSON.stringify({ type: 'ping', at: 1 }));
    expect(await Promise.race([answer, closed(socket)])).toBeInstanceOf(Array);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});
