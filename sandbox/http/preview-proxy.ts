import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LabError, toLabError } from '../errors.ts';
import { type Seen, toBrowser, toPod } from './preview-headers.ts';

/** A browser opens six at a time to one host. */
const CONNECTIONS = 12;
/** A Service that leads elsewhere is soon followed, also where a page asks again and again. */
const IDLE_MS = 4_000;
const OLDEST_MS = 10_000;
const ANSWER_MS = 60_000;

/** Opens a connection to whatever serves the preview now. */
export type Connect = () => Promise<Duplex>;

/** What comes from the browser, once it has been let in. */
export interface Passing extends Seen {
  request: IncomingMessage;
  scheme: 'http' | 'https';
  /** Aborted when the session ends. */
  ended: AbortSignal;
}

/** Passes requests and WebSockets of one preview on to the pod that serves it, as they are but for what `preview-headers.ts` says. Disposing it ends all. */
export class PreviewProxy implements Disposable {
  readonly #connect: Connect;
  readonly #agent: PodAgent;
  readonly #sockets = new Set<Duplex>();

  constructor(connect: Connect) {
    this.#connect = connect;
    this.#agent = new PodAgent(connect);
  }

  /**
   * Answers with what the pod answers, as fast as the browser reads it. Rejects when there is no answer to pass on, and the response is untouched: `LAB_PREVIEW_SILENT`, and
   * what connecting rejects with. What breaks later breaks the response.
   */
  async pass({ request, ...passing }: Passing, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([passing.ended, gone.signal]);
    const answer = await this.#ask({ request, ...passing }, signal);
    try {
      response.writeHead(answer.statusCode ?? 502, toBrowser(answer.headers, passing));
    } catch (error) {
      answer.destroy();
      throw silent(error);
    }
    // Also without a body: the browser sees the answer's head before the first byte.
    response.flushHeaders();
    await pipeline(answer, response).catch(() => response.destroy());
  }

  /** Connects a browser's socket with one of the pod; both end together. Rejects as {@link pass} does, and the socket is untouched. */
  async upgrade(passing: Passing, socket: Duplex, head: Buffer): Promise<void> {
    const { request, ended } = passing;
    const connection = await this.#connect();
    if (socket.destroyed) {
      connection.destroy();
      return;
    }
    const closed = new AbortController();
    socket.once('close', () => closed.abort());
    try {
      const call = http.request({
        ...this.#optionsOf(passing),
        signal: AbortSignal.any([ended, closed.signal]),
        createConnection: () => connection,
      });
      call.setHeader('connection', 'Upgrade').setHeader('upgrade', request.headers.upgrade ?? '');
      const { answer, stream, rest } = await upgraded(call);
      socket.write(headOf(answer, toBrowser(answer.headers, passing), stream !== undefined));
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

  /** A connection that was kept may close at the very moment of its next use. What can be asked twice then is. */
  async #ask(passing: Passing, signal: AbortSignal): Promise<IncomingMessage> {
    const { request } = passing;
    const canRepeat = request.method === 'GET' || request.method === 'HEAD';
    for (let isRepeated = false; ; isRepeated = true) {
      const call = http.request({ ...this.#optionsOf(passing), agent: this.#agent, signal });
      try {
        return await answerOf(call, hasBody(request) ? request : undefined);
      } catch (error) {
        if (signal.aborted || isRepeated || !canRepeat || !call.reusedSocket) throw silent(error);
      }
    }
  }

  #optionsOf({ request, scheme }: Passing): http.RequestOptions {
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
      // It is destroyed by that; the other is told by its closing.
      from.on('error', () => undefined);
      // What has been said last is still to arrive.
      from.once('close', () => to.end(() => to.destroy()));
      from.pipe(to);
    }
  }
}

/** Keeps connections for the next request; they are the pod's, whatever the request's host is called. */
class PodAgent extends http.Agent {
  readonly #connect: Connect;
  readonly #madeAt = new WeakMap<Duplex, number>();

  constructor(connect: Connect) {
    super({ keepAlive: true, maxSockets: CONNECTIONS, timeout: IDLE_MS });
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
    return performance.now() - (this.#madeAt.get(connection) ?? 0) < OLDEST_MS;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function answerOf(
  call: http.ClientRequest,
  body: IncomingMessage | undefined,
): Promise<IncomingMessage> {
  const timer = setTimeout(() => {
    call.destroy(new LabError('LAB_PREVIEW_SILENT', `No answer within ${ANSWER_MS / 1000} s.`));
  }, ANSWER_MS);
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      call.once('response', resolve);
      // Stays: what breaks later breaks the answer, whose reader is told.
      call.on('error', reject);
      if (body === undefined) call.end();
      else pipeline(body, call).catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}

interface Upgraded {
  answer: IncomingMessage;
  /** Absent when the pod does not upgrade. */
  stream?: Duplex;
  /** What the pod has sent already. */
  rest: Buffer;
}

async function upgraded(call: http.ClientRequest): Promise<Upgraded> {
  const timer = setTimeout(() => call.destroy(new Error('no answer')), ANSWER_MS);
  try {
    return await new Promise<Upgraded>((resolve, reject) => {
      call.once('upgrade', (answer, stream, rest) => resolve({ answer, stream, rest }));
      call.once('response', (answer) => resolve({ answer, rest: Buffer.alloc(0) }));
      call.on('error', reject);
      call.end();
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The head of an answer that no `ServerResponse` writes. */
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
  const message = 'The pod closed the connection before it answered.';
  return new LabError('LAB_PREVIEW_SILENT', message, { cause: toLabError(error) });
}
