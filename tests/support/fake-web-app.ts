import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

/**
 * The web server of a pod. It sends every header that a pod should not send, and records requests.
 */
export class FakeWebApp implements AsyncDisposable {
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  readonly #server: http.Server;
  readonly #sockets: WebSocketServer;
  /** The size of `/large`. */
  readonly largeBytes = 64 * 1024 * 1024;
  /** How many bytes of `/large` have been written. */
  written = 0;

  constructor() {
    this.#server = http.createServer((request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', ({ method = '', url = '', headers }: IncomingMessage) => {
      this.requests.push({ method, url, headers });
    });
    this.#sockets = new WebSocketServer({ server: this.#server });
    this.#sockets.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The number of open WebSockets. */
  get sockets(): number {
    return this.#sockets.clients.size;
  }

  async #answer(request: IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    this.requests.push({ method, url, headers });
    if (url === '/large') {
      const chunk = Buffer.alloc(64 * 1024);
      while (this.written < this.largeBytes && !response.destroyed) {
        this.written += chunk.length;
        if (!response.write(chunk)) await once(response, 'drain').catch(() => undefined);
      }
      response.end();
      return;
    }
    const body = await buffer(request);
    response.writeHead(200, {
      'content-type': 'text/html',
      'x-frame-options': 'DENY',
      'set-cookie': ['app=1; Domain=localhost; Path=/', 'kindlab-preview=stolen'],
    });
    response.end(`<a href="/next">${method} ${url} ${body.toString()}</a>`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
