import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';

const ENGINE = '/var/run/docker.sock';

/**
 * Stands between a server and the real engine, and makes the engine go away or refuse. The caller
 * disposes it.
 */
export class EngineProxy implements AsyncDisposable {
  readonly path = join(tmpdir(), `kindlab-engine-${randomBytes(4).toString('hex')}.sock`);
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** Answers a request in the engine's place with this message and status 500. */
  refusal: ((method: string, path: string) => string | undefined) | undefined;

  /** For `DOCKER_HOST`. */
  get host(): string {
    return `unix://${this.path}`;
  }

  async start(): Promise<this> {
    const server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing));
    server.on('upgrade', (incoming, socket: Socket, head) => this.#upgrade(incoming, socket, head));
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(this.path, resolve));
    this.#server = server;
    return this;
  }

  /** The engine goes away as when it is stopped: connections break, and nothing listens. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    rmSync(this.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = 'GET', url = '/' } = incoming;
    const message = this.refusal?.(method, url);
    if (message !== undefined) {
      incoming.resume();
      outgoing.writeHead(500, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ message }));
      return;
    }
    const upstream = request(
      { socketPath: ENGINE, method, path: url, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const upstream = connect(ENGINE, () => {
      const headers = incoming.rawHeaders
        .flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1] ?? ''}`] : []))
        .join('\r\n');
      upstream.write(
        `${incoming.method ?? ''} ${incoming.url ?? ''} HTTP/1.1\r\n${headers}\r\n\r\n`,
      );
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  }
}
