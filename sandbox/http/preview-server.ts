import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultLocale } from '../../src/protocol/locales.ts';
import { LabError, toLabError } from '../errors.ts';
import type { LearnerSession } from '../sessions/session.ts';
import type { Log } from '../telemetry/log.ts';
import { PreviewAdmission, type Visitor } from './preview-admission.ts';
import { cookiesOf, IN_FRAMES } from './preview-headers.ts';
import type { PreviewHosts } from './preview-hosts.ts';
import { CODE_HEADER, PAGE_POLICY, previewPage } from './preview-page.ts';
import { PreviewProxy, type PreviewRequest } from './preview-proxy.ts';

/** The one path of a preview's origin that does not lead to the pod. */
const ENTRY = '/__kindlab/enter';
const KEEP_ALIVE_MS = 30_000;

export interface PreviewServerOptions {
  hosts: PreviewHosts;
  log: Log;
}

/** One preview of one session. */
interface OpenPreview {
  session: LearnerSession;
  id: string;
  admission: PreviewAdmission;
  proxy: PreviewProxy;
}

/**
 * Serves the origins of all previews: admits browsers that have a ticket from the site, and
 * forwards their requests. An origin exists as long as its session. Paths, cookies and tickets are
 * never logged. Disposing it closes all connections.
 */
export class PreviewServer implements Disposable {
  readonly #hosts: PreviewHosts;
  readonly #log: Log;
  /** By the label in their host name. */
  readonly #previews = new Map<string, OpenPreview>();

  constructor({ hosts, log }: PreviewServerOptions) {
    this.#hosts = hosts;
    this.#log = log;
  }

  /**
   * A link to a preview of the session. It admits the first browser that follows it within half a
   * minute, so the caller must have checked the owner. Errors: `LAB_PREVIEW_UNKNOWN`,
   * `LAB_PREVIEW_UNAVAILABLE`, and those of `running` of a session.
   */
  open(session: LearnerSession, id: string, visitor: Visitor): string {
    session.previews.get(id);
    session.running();
    const { admission } = this.#find(session, id) ?? this.#add(session, id);
    const origin = this.#hosts.originOf(admission.label, visitor.site);
    return `${origin}${ENTRY}?ticket=${admission.issue(visitor)}`;
  }

  /** Whether the request is for the origin of a preview, open or not, instead of the site. */
  isFor({ headers }: IncomingMessage): boolean {
    return this.#hosts.labelOf(headers.host) !== undefined;
  }

  /** Responds to a request for a preview. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let language: string = defaultLocale;
    try {
      const preview = this.#previewOf(request);
      if (request.url?.split('?')[0] === ENTRY) {
        await this.#enter(preview, request, response);
        return;
      }
      const visitor = this.#admit(preview, request);
      ({ language } = visitor);
      if (!isSafe(request)) this.#requireOwnOrigin(request);
      await preview.session.previews.wake({ isUse: isUse(request) });
      await preview.proxy.forward(this.#admitted(preview, request, visitor), response);
    } catch (error) {
      this.#refuse(request, response, { error, language });
    }
  }

  /** Responds to a request for a WebSocket of a preview. Never rejects. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    // A suspended machine closes nothing: without this its connection to the pod would stay open as
    // long as the session.
    if (socket instanceof Socket) socket.setKeepAlive(true, KEEP_ALIVE_MS);
    try {
      const preview = this.#previewOf(request);
      const visitor = this.#admit(preview, request);
      this.#requireOwnOrigin(request);
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
        throw new LabError('LAB_INPUT_INVALID', 'Connections can be upgraded only to WebSockets.');
      }
      await preview.session.previews.wake({ isUse: false });
      await preview.proxy.upgrade(this.#admitted(preview, request, visitor), socket, head);
    } catch (error) {
      const { code, status } = this.#coded(error);
      const reason = STATUS_CODES[status] ?? '';
      const lines = ['connection: close', 'content-type: text/plain', '', code];
      socket.end([`HTTP/1.1 ${status} ${reason}`, ...lines].join('\r\n'));
    }
  }

  [Symbol.dispose](): void {
    for (const { proxy } of this.#previews.values()) proxy[Symbol.dispose]();
    this.#previews.clear();
  }

  #find(session: LearnerSession, id: string): OpenPreview | undefined {
    return [...this.#previews.values()].find((each) => each.session === session && each.id === id);
  }

  #add(session: LearnerSession, id: string): OpenPreview {
    const admission = new PreviewAdmission();
    const target = session.previews.get(id);
    const proxy = new PreviewProxy(async () => session.previews.connect(target));
    const preview: OpenPreview = { session, id, admission, proxy };
    this.#previews.set(admission.label, preview);
    const end = (): void => {
      this.#previews.delete(admission.label);
      proxy[Symbol.dispose]();
    };
    session.ending.signal.addEventListener('abort', end, { once: true });
    return preview;
  }

  #previewOf({ headers, url = '' }: IncomingMessage): OpenPreview {
    const preview = this.#previews.get(this.#hosts.labelOf(headers.host) ?? '');
    if (preview === undefined) {
      throw new LabError('LAB_SESSION_ENDED', 'No running session has a preview at this address.');
    }
    if (!url.startsWith('/')) {
      throw new LabError('LAB_INPUT_INVALID', 'The target of the request must be a path.');
    }
    return preview;
  }

  #admit({ admission }: OpenPreview, { headers }: IncomingMessage): Visitor {
    return admission.admit(cookiesOf(headers.cookie, this.#hosts.cookieName(headers.host)));
  }

  /** Exchanges the ticket in the URL for a cookie of this host, and redirects to the page. */
  async #enter(
    { session, id, admission }: OpenPreview,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { host } = request.headers;
    const ticket = new URLSearchParams(request.url?.split('?')[1]).get('ticket') ?? '';
    if (request.method !== 'GET') {
      throw new LabError('LAB_INPUT_INVALID', 'This link must be opened with GET.');
    }
    const secret = admission.redeem(ticket);
    await session.previews.wake({ isUse: true });
    const attributes = this.#hosts.isSecure(host) ? IN_FRAMES : 'SameSite=Lax';
    response
      .writeHead(303, {
        location: session.previews.get(id).path,
        'set-cookie': `${this.#hosts.cookieName(host)}=${secret}; Path=/; HttpOnly; ${attributes}`,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      .end();
  }

  /**
   * Unsafe requests and sockets must come from the preview's own pages: `SameSite` cannot protect a
   * cookie that works in a frame.
   */
  #requireOwnOrigin({ headers: { origin, host = '' } }: IncomingMessage): void {
    const own = [`http://${host}`, `https://${host}`];
    if (origin !== undefined && own.includes(origin)) return;
    throw new LabError(
      'LAB_ORIGIN_FORBIDDEN',
      'The request does not come from this preview’s own page.',
    );
  }

  #admitted({ session }: OpenPreview, request: IncomingMessage, { site }: Visitor): PreviewRequest {
    const { host } = request.headers;
    const { signal: ended } = session.ending;
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
      // The rest of the body is not read.
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

/** Whether the learner did this, rather than a script of the page. */
function isUse(request: IncomingMessage): boolean {
  return !isSafe(request) || request.headers['sec-fetch-user'] === '?1';
}
