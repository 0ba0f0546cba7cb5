import Fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../src/protocol/tty.ts';
import { LabError, type LabErrorCode } from '../errors.ts';
import type { TerminalConnection } from '../provider.ts';
import type { Terminals } from '../sessions/idle-freezer.ts';
import { terminals } from './terminals.ts';

const ATTACH = JSON.stringify({ type: 'attach', cols: 80, rows: 24, lastOffset: 0 });

class FakeConnection implements TerminalConnection {
  readonly received: (string | Uint8Array)[] = [];
  onFrame: (frame: string | Uint8Array) => void = () => undefined;
  onClose: (error?: Error) => void = () => undefined;
  pauses = 0;
  isPaused = false;
  isDisposed = false;
  send(frame: string | Uint8Array): void {
    this.received.push(frame);
  }
  pause(): void {
    this.pauses++;
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}

let app: FastifyInstance;
let port: number;
let connections: FakeConnection[];
let ended: AbortController;
let refusal: LabErrorCode | undefined;
let openDelay: Promise<void> | undefined;

beforeEach(async () => {
  connections = [];
  ended = new AbortController();
  refusal = undefined;
  openDelay = undefined;
  const offered: Terminals = {
    openTerminal: async () => {
      await openDelay;
      const connection = new FakeConnection();
      connections.push(connection);
      return connection;
    },
  };
  app = Fastify();
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof LabError) void reply.code(error.status).send(error.toBody());
    else void reply.code(500).send();
  });
  await app.register(terminals, {
    authorize: async () =>
      Promise.resolve(
        refusal ? new LabError(refusal, 'no') : { terminals: offered, ended: ended.signal },
      ),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as AddressInfo).port;
});

afterEach(async () => app.close());

function dial(number = '0', protocol = SUBPROTOCOL): WebSocket {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/api/sessions/abcdefabcdef/terminals/${number}`,
    protocol,
  );
  socket.on('error', () => undefined);
  return socket;
}

async function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}

async function status(socket: WebSocket): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 3_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come true within 3 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function attached(number = '0'): Promise<{ socket: WebSocket; connection: FakeConnection }> {
  const before = connections.length;
  const socket = dial(number);
  socket.once('open', () => socket.send(ATTACH));
  await until(() => connections.length > before && connections.at(-1)!.received.length > 0);
  return { socket, connection: connections.at(-1)! };
}

describe('the terminals route', () => {
  it('carries control, input and output', async () => {
    const { socket, connection } = await attached();
    expect(connection.received[0]).toBe(ATTACH);
    socket.send(Buffer.from('ls\r'));
    await until(() => connection.received.length === 2);
    expect(Buffer.from(connection.received[1] as Uint8Array).toString()).toBe('ls\r');
    const answer = new Promise<[Buffer, boolean]>((resolve) => {
      socket.once('message', (data, isBinary) => resolve([data as Buffer, isBinary]));
    });
    connection.onFrame(Buffer.from([0, 1, 2]));
    expect(await answer).toEqual([Buffer.from([0, 1, 2]), true]);
  });

  it('answers a ping itself, as a sandbox that sleeps would not', async () => {
    const { socket, connection } = await attached();
    const answer = new Promise<string>((resolve) => {
      socket.once('message', (data) => resolve((data as Buffer).toString()));
    });
    socket.send(JSON.stringify({ type: 'ping', at: 12.5 }));
    expect(JSON.parse(await answer)).toEqual({ type: 'pong', at: 12.5 });
    expect(connection.received).toEqual([ATTACH]);
  });

  it('loses nothing that is sent before the terminal is open', async () => {
    let open = (): void => undefined;
    openDelay = new Promise((resolve) => (open = resolve));
    const socket = dial();
    socket.once('open', () => {
      socket.send(ATTACH);
      socket.send(Buffer.from('early'));
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    open();
    await until(() => connections[0]?.received.length === 2);
    expect(connections[0]!.received[0]).toBe(ATTACH);
  });

  it('requires the subprotocol and a number it has', async () => {
    expect((await status(dial('0', 'other'))).status).toBe(400);
    expect((await status(dial('x'))).status).toBe(400);
    const limit = await status(dial('4'));
    expect(limit.status).toBe(429);
    expect(limit.body).toContain('LAB_TERMINAL_LIMIT');
  });

  it('gives a foreign origin no upgrade', async () => {
    refusal = 'LAB_ORIGIN_FORBIDDEN';
    const { status: code, body } = await status(dial());
    expect(code).toBe(403);
    expect(body).toContain('LAB_ORIGIN_FORBIDDEN');
  });

  it.each([
    ['LAB_SESSION_FORBIDDEN', 4003],
    ['LAB_SESSION_UNKNOWN', 4404],
    ['LAB_SESSION_ENDED', 4410],
    ['LAB_SESSION_NOT_READY', 1012],
  ] as const)('tells %s by the close code %i', async (code, expected) => {
    refusal = code;
    expect(await closed(dial())).toEqual({ code: expected, reason: code });
    expect(connections).toHaveLength(0);
  });

  it.each([
    ['no JSON', 'attach please'],
    ['an unknown type', '{"type":"open","terminal":1}'],
    ['an unknown field', '{"type":"ping","at":1,"x":1}'],
    ['a size out of bounds', '{"type":"resize","cols":9999,"rows":24}'],
    ['a second attach', ATTACH],
    ['a control message too large', JSON.stringify({ type: 'ping', at: 1, x: 'y'.repeat(5_000) })],
    ['input too large', Buffer.alloc(16 * 1024 + 1)],
  ])('refuses %s with 4400, and serves the next', async (_, frame) => {
    const { socket, connection } = await attached();
    socket.send(frame);
    const { code, reason } = await closed(socket);
    expect(code).toBe(4400);
    expect(reason).not.toBe('');
    expect(connection.received).toHaveLength(1);
    await until(() => connection.isDisposed);
    (await attached()).socket.close();
  });

  it('refuses input before attach, and a frame beyond all limits', async () => {
    const early = dial();
    early.once('open', () => early.send(Buffer.from('x')));
    expect((await closed(early)).code).toBe(4400);
    const { socket } = await attached();
    socket.send(Buffer.alloc(70_000));
    expect((await closed(socket)).code).toBe(1009);
  });

  it('ends with the session, and asks to come back when the terminal or the server goes', async () => {
    const first = await attached();
    const gone = closed(first.socket);
    first.connection.onClose();
    expect((await gone).code).toBe(1012);
    const second = await attached();
    const third = await attached('1');
    const both = Promise.all([closed(second.socket), closed(third.socket)]);
    ended.abort();
    expect((await both).map(({ code }) => code)).toEqual([4410, 4410]);
    await until(() => second.connection.isDisposed && third.connection.isDisposed);
    ended = new AbortController();
    const last = await attached();
    const code = closed(last.socket);
    await app.close();
    expect((await code).code).toBe(1012);
  });

  it('bounds the viewers of a workstation, and forgets those who left', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const socket = dial();
        await new Promise((resolve) => socket.once('open', resolve));
        return socket;
      }),
    );
    expect((await closed(dial())).code).toBe(4429);
    sockets[0]!.close();
    await closed(sockets[0]!);
    const { socket } = await attached();
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('holds a flood back while the socket is slow, and lets it go on after', async () => {
    const { socket, connection } = await attached();
    socket.pause();
    const frame = Buffer.alloc(64 * 1024);
    for (let i = 0; i < 2_000 && !connection.isPaused; i++) {
      connection.onFrame(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.isPaused).toBe(true);
    socket.resume();
    await until(() => !connection.isPaused);
  });

  it('slows input down beyond its rate and drops none of it', async () => {
    const { socket, connection } = await attached();
    const frame = Buffer.alloc(16 * 1024, 'a');
    for (let i = 0; i < 70; i++) socket.send(frame);
    const bytes = (): number => connection.received.slice(1).reduce((sum, f) => sum + f.length, 0);
    await until(() => bytes() >= 1024 * 1024);
    const atBurst = bytes();
    expect(atBurst).toBeLessThan(70 * frame.length);
    await until(() => bytes() === 70 * frame.length);
  });
});
