import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { withTimeout } from '../../src/async.ts';
import { LineReader } from '../lines.ts';
import type { KubeObject } from './kube-object.ts';

const CALL_TIMEOUT_MS = 10_000;
/** The API server ends a watch after this long; the reader then continues where it was. */
const WATCH_SECONDS = 290;
/** A watch gets a bookmark each minute. One that is silent for longer than it can last is dead. */
const WATCH_IDLE_MS = (WATCH_SECONDS + 30) * 1000;
const KEEP_ALIVE_MS = 15_000;
/**
 * The API server closes connections that are idle for 90 s, and one that was frozen does so the
 * moment it wakes. Closing them first avoids sending a request into a connection that is closing.
 */
const IDLE_CONNECTION_MS = 30_000;
/** A learner can fill the cluster; reading it must not exhaust the server. 60 pods are 0.5 MiB. */
const MAX_BYTES = 32 * 2 ** 20;
const MAX_ERROR_BYTES = 64 * 2 ** 10;
const MAX_MESSAGE = 300;

/** An answer of the API server that is not a success. */
export class KubeStatusError extends Error {
  override readonly name = 'KubeStatusError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the API server says that it has no such object or kind. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubeStatusError && error.status === 404;
}

/** A list as the API server sends it. Its items carry no `kind` and no `apiVersion`. */
export interface KubeList {
  items: KubeObject[];
  resourceVersion: string | undefined;
}

interface Call {
  method?: 'GET' | 'PATCH';
  body?: object;
  signal: AbortSignal;
  /** Ends the call when the connection is silent for so long. */
  idleMs?: number;
}

/**
 * The client of one API server, with its own connections. Disposing it ends all calls and closes
 * all connections. Every call ends when its signal is aborted; all but watches end after 10 s.
 *
 * Calls reject with {@link KubeStatusError}, with a network error, with a `RangeError` when the
 * answer is larger than any lesson needs, or with the signal's reason.
 *
 * This does not use the client library's `Watch` and informers: they give up on the first error,
 * continue after `stop` when that comes at the wrong moment, and reconnect every 30 quiet seconds.
 * Nor does it use the generated clients, which have no time limit and cannot be aborted.
 */
export class KubeApi implements Disposable {
  readonly #kubeConfig: KubeConfig;
  readonly #server: string;
  readonly #agent = new https.Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  readonly #disposed = new AbortController();

  constructor(kubeConfig: KubeConfig) {
    this.#kubeConfig = kubeConfig;
    this.#server = kubeConfig.getCurrentCluster()?.server ?? 'https://127.0.0.1:6443';
  }

  /** The JSON document at `path`. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    return JSON.parse(await this.getText(path, MAX_BYTES, signal)) as unknown;
  }

  /** The text at `path`. Rejects with a `RangeError` when it has more than `maxBytes`. */
  async getText(path: string, maxBytes: number, signal: AbortSignal): Promise<string> {
    return this.#read(path, { signal }, maxBytes);
  }

  async list(path: string, signal: AbortSignal): Promise<KubeList> {
    const { items, metadata } = (await this.get(path, signal)) as {
      items?: KubeObject[] | null;
      metadata?: { resourceVersion?: string };
    };
    return { items: items ?? [], resourceVersion: metadata?.resourceVersion };
  }

  /**
   * Changes the object at `path`, or its status when the path ends with `/status`, by a merge
   * patch: members that are null are removed, so repeating it is harmless.
   */
  async patch(path: string, body: object, signal: AbortSignal): Promise<void> {
    await this.#read(path, { method: 'PATCH', body, signal }, MAX_BYTES);
  }

  /** The events of a watch, each a JSON document. Ends when the server ends the watch. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}`;
    const url = `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const response = await this.#request(url, { signal, idleMs: WATCH_IDLE_MS });
    response.setEncoding('utf8');
    try {
      const reader = new LineReader(MAX_BYTES, () => tooLarge(path, MAX_BYTES));
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = reader.push(chunk);
        for (const line of lines) if (line !== '') yield JSON.parse(line) as unknown;
      }
    } finally {
      response.destroy();
    }
  }

  async #read(path: string, call: Call, maxBytes: number): Promise<string> {
    const signal = withTimeout(call.signal, CALL_TIMEOUT_MS);
    try {
      const response = await this.#request(path, { ...call, signal });
      return await readText(response, path, maxBytes);
    } catch (error) {
      // Node.js reports an abort as an error of its own.
      signal.throwIfAborted();
      throw error;
    }
  }

  async #request(path: string, call: Call): Promise<IncomingMessage> {
    const { method = 'GET', body, signal, idleMs = CALL_TIMEOUT_MS } = call;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/merge-patch+json';
    const options: https.RequestOptions = { method, headers };
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const request = https.request(this.#server + path, {
      ...options,
      agent: this.#agent,
      signal: AbortSignal.any([signal, this.#disposed.signal]),
      timeout: idleMs,
    });
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
    request.on('timeout', () => request.destroy(new Error('the connection was silent too long')));
    // Also covers errors after the response has started: its reader gets those.
    request.on('error', () => undefined);
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode === 200) return response;
    throw await toStatusError(response, path);
  }

  [Symbol.dispose](): void {
    this.#disposed.abort(new Error('the API client was disposed'));
    this.#agent.destroy();
  }
}

async function readText(
  response: IncomingMessage,
  path: string,
  maxBytes: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(path: string, maxBytes: number): RangeError {
  return new RangeError(`${path} has more than ${maxBytes} bytes.`);
}

async function toStatusError(response: IncomingMessage, path: string): Promise<KubeStatusError> {
  const status = response.statusCode ?? 0;
  const body = await readText(response, path, MAX_ERROR_BYTES);
  let message = body;
  try {
    message = (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    // Not a Status from the API server: a proxy answered, so report its text.
  }
  return new KubeStatusError(status, `${status} ${message}`.trim().slice(0, MAX_MESSAGE));
}
