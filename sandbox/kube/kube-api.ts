import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';

const CALL_TIMEOUT_MS = 10_000;
/** The API server ends a watch after this long; it is then continued where it was. */
const WATCH_SECONDS = 290;
/** A watch hears a bookmark each minute. One that hears nothing for longer than it can last is dead. */
const WATCH_IDLE_MS = (WATCH_SECONDS + 30) * 1000;
const KEEP_ALIVE_MS = 15_000;
/** A learner fills the cluster as they like; reading it must not take the server's memory. Sixty pods are half a MiB. */
const MAX_BYTES = 32 * 2 ** 20;

/** An API server's answer that is not a success. */
export class KubeStatusError extends Error {
  override readonly name = 'KubeStatusError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads from one API server, with connections of its own: disposing it ends all calls and closes all sockets.
 *
 * The client library's `Watch` and informers give up on the first error, go on after `stop` when that comes at the wrong moment, and
 * reconnect every 30 quiet seconds; so they are not used.
 */
export class KubeApi implements Disposable {
  readonly #kubeConfig: KubeConfig;
  readonly #server: string;
  readonly #agent = new https.Agent({ keepAlive: true });
  readonly #disposed = new AbortController();

  constructor(kubeConfig: KubeConfig) {
    this.#kubeConfig = kubeConfig;
    this.#server = kubeConfig.getCurrentCluster()?.server ?? 'https://127.0.0.1:6443';
  }

  /** The body of `GET path`. Rejects with {@link KubeStatusError}, with what the network says, with a `RangeError` when it is larger than any lesson's, or with a reason to abort. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    return JSON.parse(await this.getText(path, MAX_BYTES, signal)) as unknown;
  }

  /** The same as it came. Rejects with a `RangeError` when it has more than `maxBytes`. */
  async getText(path: string, maxBytes: number, signal: AbortSignal): Promise<string> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    const response = await this.#request(path, limited, CALL_TIMEOUT_MS);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(path, maxBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The lines of a watch, each a JSON document. Ends when the server ends it; rejects as {@link get} does. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}`;
    const url = `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const response = await this.#request(url, signal, WATCH_IDLE_MS);
    response.setEncoding('utf8');
    try {
      let rest = '';
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_BYTES) throw tooLarge(path, MAX_BYTES);
        for (const line of lines) if (line !== '') yield JSON.parse(line) as unknown;
      }
    } finally {
      response.destroy();
    }
  }

  async #request(path: string, signal: AbortSignal, idleMs: number): Promise<IncomingMessage> {
    const options: https.RequestOptions = { headers: { accept: 'application/json' } };
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const call = https.request(this.#server + path, {
      ...options,
      agent: this.#agent,
      signal: AbortSignal.any([signal, this.#disposed.signal]),
      timeout: idleMs,
    });
    call.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    call.on('timeout', () => call.destroy(new Error('the connection was silent for too long')));
    // Also what goes wrong after the response has begun; then its reader is told.
    call.on('error', () => undefined);
    call.end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    if (response.statusCode === 200) return response;
    throw await toStatusError(response);
  }

  [Symbol.dispose](): void {
    this.#disposed.abort(new Error('no longer needed'));
    this.#agent.destroy();
  }
}

function tooLarge(path: string, maxBytes: number): RangeError {
  return new RangeError(`${path} has more than ${maxBytes} bytes.`);
}

async function toStatusError(response: IncomingMessage): Promise<KubeStatusError> {
  const status = response.statusCode ?? 0;
  const body = await text(response);
  let message = body;
  try {
    message = (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    // Not the API server's own words; they are as good.
  }
  return new KubeStatusError(status, `${status} ${message}`.trim().slice(0, 300));
}
