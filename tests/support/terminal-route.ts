import Fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { LabError, type LabErrorCode } from '../../sandbox/errors.ts';
import { terminals } from '../../sandbox/http/terminals.ts';
import { webSockets } from '../../sandbox/http/websockets.ts';
import type { TerminalConnection } from '../../sandbox/provider.ts';
import { until } from '../../src/async.ts';
import { SUBPROTOCOL } from '../../src/protocol/tty.ts';

export const ATTACH = JSON.stringify({ type: 'attach', cols: 80, rows: 24, lastOffset: 0 });

/** A terminal that records what it receives. */
export class FakeConnection implements TerminalConnection {
  readonly received: (string | Uint8Array)[] = [];
  onFrame: (frame: string | Uint8Array) => void = () => undefined;
  onClose: (error?: Error) => void = () => undefined;
  isPaused = false;
  isDisposed = false;

  send(frame: string | Uint8Array): void {
    this.received.push(frame);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}

/** The terminals route on a server of its own, over terminals that record what they receive. */
export class TerminalRoute implements AsyncDisposable {
  readonly connections: FakeConnection[] = [];
  /** Aborting it ends the session. */
  session = new AbortController();
  /** Refuses requests with this code when set. */
  refusal: LabErrorCode | undefined;
  /** Delays the opening of terminals. */
  opening: Promise<void> | undefined;
  readonly #app: FastifyInstance = Fastify();

  async start(): Promise<this> {
    this.#app.setErrorHandler((error, _request, reply) => {
      if (error instanceof LabError) void reply.code(error.status).send(error.toBody());
      else void reply.code(500).send();
    });
    const offered = {
      openTerminal: async () => {
        await this.opening;
        const connection = new FakeConnection();
        this.connections.push(connection);
        return connection;
      },
    };
    await webSockets(this.#app);
    terminals(this.#app, {
      authorize: async () =>
        Promise.resolve(
          this.refusal === undefined
            ? { terminals: offered, ended: this.session.signal }
            : new LabError(this.refusal, 'no'),
        ),
    });
    await this.#app.listen({ port: 0, host: '127.0.0.1' });
    return this;
  }

  dial(number = '0', protocol = SUBPROTOCOL): WebSocket {
    const { port } = this.#app.server.address() as AddressInfo;
    const path = `/api/sessions/abcdefabcdef/terminals/${number}`;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol);
    socket.on('error', () => undefined);
    return socket;
  }

  /** A socket whose terminal has received `attach`. */
  async attach(number = '0'): Promise<{ socket: WebSocket; connection: FakeConnection }> {
    const { connections } = this;
    const before = connections.length;
    const socket = this.dial(number);
    socket.once('open', () => socket.send(ATTACH));
    await until(() => connections.length > before && connections.at(-1)!.received.length > 0, {
      pollMs: 5,
      timeoutMs: 3_000,
    });
    return { socket, connection: connections.at(-1)! };
  }

  async close(): Promise<void> {
    await this.#app.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Resolves when the socket has closed. */
export async function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}
