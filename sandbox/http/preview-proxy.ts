import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LabError, toLabError } from '../errors.ts';
import { type PreviewContext, toBrowser, toPod } from './preview-headers.ts';

/** A browser opens six at a time to one host. */
const MAX_CONNECTIONS = 12;
/**
 * Connections are short-lived, so that a page that keeps polling soon follows a changed Service.
 */
const IDLE_MS = 4_000;
const MAX_AGE_MS = 10_000;
const RESPONSE_TIMEOUT_MS = 60_000;

/** Opens a connection to the pod that currently serves the preview. */
export type Connect = () => Promise<Duplex>;

/** A request that has been admitted to a preview. */
export interface PreviewRequest extends PreviewContext {
  request: IncomingMessage;
  scheme: 'http' | 'https';
  /** Aborted when the session ends. */
  ended: AbortSignal;
}

/**
 * Forwards the requests and WebSockets of one preview to the pod that serves it, unchanged but for
 * some headers (`preview-headers.ts`). Disposing it closes all connections.
 */
export class PreviewProxy implements Disposable {
  readonly #connect: Connect;
  readonly #agent: PodAgent;
  readonly #sockets = new Set<Duplex>();

  constructor(connect: Connect) {
    this.#connect = connect;
    this.#agent = new PodAgent(connect);
  }

  /**
   * Responds with the pod's response, as fast as the browser reads it. Rejects without touching the
   * response when the pod sends none: `LAB_PREVIEW_SILENT`, and the errors of {@link Connect}. A
   * later failure breaks off the response.
   */
  async forward(call: PreviewRequest, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([call.ended, gone.signal]);
    const answer = await this.#send(call, signal);
    try {
      response.writeHead(answer.statusCode ?? 502, toBrowser(answer.headers, call));
    } catch (error) {
      answer.destroy();
      throw silent(error);
    }
    // The browser gets the head even before the first byte of the body.
    response.flushHeaders();
    await pipeline(answer, response).catch(() => response.destroy());
  }

  /**
   * Connects a browser's socket with one of the pod; both end together. Rejects as {@link forward}
   * does, without touching the socket.
   */
  async upgrade(call: PreviewRequest, socket: Duplex, head: Buffer): Promise<void> {
    const { request, ended } = call;
    const connection = await this.#connect();
    if (socket.destroyed) {
      connection.destroy();
      return;
    }
    const closed = new AbortController();
    socket.once('close', () => closed.abort());
    try {
      const sent = http.request({
        ...this.#optionsOf(call),
        signal: AbortSignal.any([ended, closed.signal]),
        createConnection: () => connection,
      });
      sent.setHeader('connection', 'Upgrade').setHeader('upgrade', request.headers.upgrade ?? '');
      const { answer, stream, rest } = await upgraded(sent);
      socket.write(headOf(answer, toBrowser(answer.headers, call), stream !== undefined));
      if (stream === undefined) {
        await pipeline(answer, socket).catch(() => socket.destroy());
      } else {
        this.#join(socket, stream, { head, rest });
      }
    } catch (error) {
      connection.destroy();
      throw silent(error);
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Retries once if it can: the pod may close a reused connection just as the request is sent. */
  async #send(call: PreviewRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { request } = call;
    const canRetry = request.method === 'GET' || request.method === 'HEAD';
    for (let isRetry = false; ; isRetry = true) {
      const sent = http.request({ ...this.#optionsOf(call), agent: this.#agent, signal });
      try {
        return await responseTo(sent, hasBody(request) ? request : undefined);
      } catch (error) {
        if (signal.aborted || isRetry || !canRetry || !sent.reusedSocket) throw silent(error);
      }
    }
  }

  #optionsOf({ request, scheme }: PreviewRequest): http.RequestOptions {
    const { method, url } = request;
    return { method, path: url, headers: toPod(request.headers, scheme), setHost: false };
  }

  #join(browser: Duplex, pod: Duplex, { head, rest }: { head: Buffer; rest: Buffer }): void {
    if (rest.length > 0) browser.write(rest);
    if (head.length > 0) pod.write(head);
    this.#sockets.add(browser);
    browser.once('close', () => this.#sockets.delete(browser));
    for (const [from, to] of [
      [browser, pod],
      [pod, browser],
    ] as const) {
      // An error also closes the stream, which ends the other one.
      from.on('error', () => undefined);
      // Ends the other one only after the last bytes have been written to it.
      from.once('close', () => to.end(() => to.destroy()));
      from.pipe(to);
    }
  }
}

/** Reuses connections. All lead to the pod, whatever the host of the request. */
class PodAgent extends http.Agent {
  readonly #connect: Connect;
  readonly #madeAt = new WeakMap<Duplex, number>();

  constructor(connect: Connect) {
    super({ keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS });
    this.#connect = connect;
  }

  override createConnection(
    _options: unknown,
    done?: (error: Error | null, connection: Duplex) => void,
  ): undefined {
    this.#connect().then(
      (connection) => {
        this.#madeAt.set(connection, performance.now());
        done?.(null, connection);
      },
      (error: unknown) => done?.(error as Error, undefined as unknown as Duplex),
    );
  }

  override keepSocketAlive(connection: Duplex): boolean {
    super.keepSocketAlive(connection);
    return performance.now() - (this.#madeAt.get(connection) ?? 0) < MAX_AGE_MS;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function responseTo(
  sent: http.ClientRequest,
  body: IncomingMessage | undefined,
): Promise<IncomingMessage> {
  const timer = setTimeout(() => {
    const seconds = RESPONSE_TIMEOUT_MS / 1000;
    sent.destroy(new LabError('LAB_PREVIEW_SILENT', `No response within ${seconds} s.`));
  }, RESPONSE_TIMEOUT_MS);
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve);
      // Not once: a later error must not be unhandled. It also breaks the response for its reader.
      sent.on('error', reject);
      if (body === undefined) sent.end();
      else pipeline(body, sent).catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

interface Upgraded {
  answer: IncomingMessage;
  /** Undefined when the pod refuses to upgrade. */
  stream?: Duplex;
  /** What the pod sent along with its response. */
  rest: Buffer;
}

async function upgraded(sent: http.ClientRequest): Promise<Upgraded> {
  const timer = setTimeout(() => sent.destroy(new Error('no response')), RESPONSE_TIMEOUT_MS);
  try {
    return await new Promise<Upgraded>((resolve, reject) => {
      sent.once('upgrade', (answer, stream, rest) => resolve({ answer, stream, rest }));
      sent.once('response', (answer) => resolve({ answer, rest: Buffer.alloc(0) }));
      sent.on('error', reject);
      sent.end();
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The head of a response to an upgrade, for which Node.js has no `ServerResponse`. */
function headOf(
  { statusCode = 502, statusMessage = '' }: IncomingMessage,
  headers: http.OutgoingHttpHeaders,
  isUpgraded: boolean,
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${String(each)}`),
  );
  const connection = isUpgraded
    ? ['connection: Upgrade', 'upgrade: websocket']
    : ['connection: close'];
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...connection, ...lines, '', ''].join('\r\n');
}

function silent(error: unknown): LabError {
  if (error instanceof LabError) return error;
  const message = 'The pod closed the connection without a response.';
  return new LabError('LAB_PREVIEW_SILENT', message, { cause: toLabError(error) });
}
