import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LabError, toLabError } from '../errors.ts';
import type { LearnerSession } from '../sessions/session.ts';
import type { Log } from '../telemetry/log.ts';
import { PreviewDoor, type Visitor } from './preview-door.ts';
import { cookiesOf, IN_FRAMES } from './preview-headers.ts';
import type { PreviewHosts } from './preview-hosts.ts';
import { CODE_HEADER, PAGE_POLICY, previewPage } from './preview-page.ts';
import { type Passing, PreviewProxy } from './preview-proxy.ts';

/** Of the paths of a preview's origin, the one that is ours. */
const ENTRY = '/__kindlab/enter';
const FALLBACK_LANGUAGE = 'en';
const KEEP_ALIVE_MS = 30_000;

export interface PreviewServerOptions {
  hosts: PreviewHosts;
  log: Log;
}

/** One preview of one session, and the way to it. */
interface Opened {
  session: LearnerSession;
  id: string;
  door: PreviewDoor;
  proxy: PreviewProxy;
}

/**
 * All origins of previews: lets in who has a ticket from the site, and passes on what they ask. An origin lives as long as its session. Paths, cookies and tickets are never
 * logged. Disposing it closes all connections.
 */
export class PreviewServer implements Disposable {
  readonly #hosts: PreviewHosts;
  readonly #log: Log;
  readonly #opened = new Map<string, Opened>();

  constructor({ hosts, log }: PreviewServerOptions) {
    this.#hosts = hosts;
    this.#log = log;
  }

  /**
   * An address that opens a preview of the session for whoever asks first, once and within half a minute. The caller has made sure that they may.
   * Errors: `LAB_PREVIEW_UNKNOWN`, `LAB_PREVIEW_UNAVAILABLE`, and those of `running` of a session.
   */
  open(session: LearnerSession, id: string, visitor: Visitor): string {
    session.previews.get(id);
    session.running();
    const { door } = this.#find(session, id) ?? this.#add(session, id);
    const origin = this.#hosts.originOf(door.label, visitor.site);
    return `${origin}${ENTRY}?ticket=${door.issue(visitor)}`;
  }

  /** Whether the request is for the origin of a preview, whichever: then it is not for the site. */
  isFor({ headers }: IncomingMessage): boolean {
    return this.#hosts.labelOf(headers.host) !== undefined;
  }

  /** Answers a request that {@link isFor} a preview. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let language = FALLBACK_LANGUAGE;
    try {
      const opened = this.#openedFor(request);
      if (request.url?.split('?')[0] === ENTRY) {
        await this.#enter(opened, request, response);
        return;
      }
      const visitor = this.#admit(opened, request);
      ({ language } = visitor);
      if (!isSafe(request)) this.#requireOwnOrigin(request);
      await opened.session.previews.wake({ isUse: isUse(request) });
      await opened.proxy.pass(this.#passing(opened, request, visitor), response);
    } catch (error) {
      this.#refuse(request, response, { error, language });
    }
  }

  /** The same for a request that wants to be a WebSocket. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    // Of a machine that fell asleep nothing is heard, not even its end: the way to the pod would stay open as long as the session.
    if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
    try {
      const opened = this.#openedFor(request);
      const visitor = this.#admit(opened, request);
      this.#requireOwnOrigin(request);
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
        throw new LabError('LAB_INPUT_INVALID', 'A connection is upgraded to a WebSocket only.');
      }
      await opened.session.previews.wake({ isUse: false });
      await opened.proxy.upgrade(this.#passing(opened, request, visitor), socket, head);
    } catch (error) {
      const { code, status } = this.#coded(error);
      const reason = STATUS_CODES[status] ?? '';
      const lines = ['connection: close', 'content-type: text/plain', '', code];
      socket.end([`HTTP/1.1 ${status} ${reason}`, ...lines].join('\r\n'));
    }
  }

  [Symbol.dispose](): void {
    for (const { proxy } of this.#opened.values()) proxy[Symbol.dispose]();
    this.#opened.clear();
  }

  #find(session: LearnerSession, id: string): Opened | undefined {
    return [...this.#opened.values()].find((each) => each.session === session && each.id === id);
  }

  #add(session: LearnerSession, id: string): Opened {
    const preview = session.previews.get(id);
    const proxy = new PreviewProxy(async () => session.previews.connect(preview));
    const opened: Opened = { session, id, door: new PreviewDoor(), proxy };
    this.#opened.set(opened.door.label, opened);
    const end = (): void => {
      this.#opened.delete(opened.door.label);
      proxy[Symbol.dispose]();
    };
    session.ending.signal.addEventListener('abort', end, { once: true });
    return opened;
  }

  #openedFor({ headers, url = '' }: IncomingMessage): Opened {
    const opened = this.#opened.get(this.#hosts.labelOf(headers.host) ?? '');
    if (opened === undefined) {
      throw new LabError(
        'LAB_SESSION_ENDED',
        'No session that lives shows anything at this address.',
      );
    }
    if (!url.startsWith('/')) {
      throw new LabError('LAB_INPUT_INVALID', 'The request is for an address of its own.');
    }
    return opened;
  }

  #admit({ door }: Opened, { headers }: IncomingMessage): Visitor {
    return door.admit(cookiesOf(headers.cookie, this.#hosts.cookieName(headers.host)));
  }

  /** A ticket becomes a cookie, of this host alone, and is gone from the address. */
  async #enter(opened: Opened, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = request.headers;
    const ticket = new URLSearchParams(request.url?.split('?')[1]).get('ticket') ?? '';
    if (request.method !== 'GET')
      throw new LabError('LAB_INPUT_INVALID', 'A link is to be followed.');
    const secret = opened.door.redeem(ticket);
    await opened.session.previews.wake({ isUse: true });
    const attributes = this.#hosts.isSecure(host) ? IN_FRAMES : 'SameSite=Lax';
    response
      .writeHead(303, {
        location: opened.session.previews.get(opened.id).path,
        'set-cookie': `${this.#hosts.cookieName(host)}=${secret}; Path=/; HttpOnly; ${attributes}`,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      .end();
  }

  /** What changes something, and every socket, comes from the preview's own pages: `SameSite` does not guard a cookie that works in a frame. */
  #requireOwnOrigin({ headers: { origin, host = '' } }: IncomingMessage): void {
    const own = [`http://${host}`, `https://${host}`];
    if (origin !== undefined && own.includes(origin)) return;
    throw new LabError('LAB_ORIGIN_FORBIDDEN', 'The request does not come from this page itself.');
  }

  #passing(opened: Opened, request: IncomingMessage, { site }: Visitor): Passing {
    const { host } = request.headers;
    const { signal: ended } = opened.session.ending;
    const isSecure = this.#hosts.isSecure(host);
    return { request, site, isSecure, scheme: this.#hosts.schemeOf(host), ended };
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { error, language }: { error: unknown; language: string },
  ): void {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const coded = this.#coded(error);
    const isPage = request.headers.accept?.includes('text/html') === true;
    response.writeHead(coded.status, {
      'cache-control': 'no-store',
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      [CODE_HEADER]: coded.code,
      'x-content-type-options': 'nosniff',
      // What is left of a body is not read.
      connection: 'close',
    });
    response.end(isPage ? previewPage(coded, language) : JSON.stringify(coded.toBody()));
  }

  #coded(error: unknown): LabError {
    const coded = toLabError(error);
    if (coded.code === 'LAB_INTERNAL') this.#log.error({ err: error }, 'a preview failed');
    return coded;
  }
}

function isSafe({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether a person did that, rather than a page by itself. */
function isUse(request: IncomingMessage): boolean {
  return !isSafe(request) || request.headers['sec-fetch-user'] === '?1';
}
