import http, { type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';

export interface PreviewAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * As much of a browser as a preview needs: it resolves every host to one local port, and keeps the
 * cookie of the preview.
 */
export class PreviewBrowser {
  readonly #port: number;
  /** The value of the Cookie header. */
  cookie = '';

  constructor(port: number) {
    this.#port = port;
  }

  async request(
    url: string,
    options: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<PreviewAnswer> {
    const { host, pathname, search } = new URL(url);
    const { method = 'GET', headers = {}, body } = options;
    return new Promise((resolve, reject) => {
      const call = http.request(
        {
          ...{ host: '127.0.0.1', port: this.#port, method, path: pathname + search, agent: false },
          headers: { host, ...(this.cookie === '' ? {} : { cookie: this.cookie }), ...headers },
        },
        (answer) => {
          text(answer).then((read) => {
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: read });
          }, reject);
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  /** Follows a link to a preview. Resolves with the address that it redirects to. */
  async enter(url: string): Promise<string> {
    const { status, headers, body } = await this.request(url);
    if (status !== 303) throw new Error(`${status}: ${body}`);
    this.cookie = (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
    return new URL(headers.location ?? '', url).href;
  }

  /** Opens a WebSocket. Rejects with the HTTP status if it is refused. */
  async socket(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
    const { host, origin, pathname } = new URL(url);
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}${pathname}`, {
      headers: { host, origin, cookie: this.cookie, ...headers },
    });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket));
      socket.once('unexpected-response', (_call, { statusCode }) =>
        reject(new Error(String(statusCode))),
      );
      socket.once('error', reject);
    });
  }
}
