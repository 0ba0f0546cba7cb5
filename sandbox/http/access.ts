import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { LabError } from '../errors.ts';

const OWNER_DAYS = 30;
const OWNER = /^[\w-]{43}$/;
const LOOPBACK_HOSTS = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export interface AccessOptions {
  /** Origins that the site has besides loopback ones. */
  origins: readonly string[];
}

/**
 * Who may do what. A browser owns the sessions that it started; a cookie identifies it. Requests
 * that change something must come from our own pages: their Origin is one from the configuration,
 * or the loopback address that they are sent to. A page of another program on this machine has
 * another port, and a DNS name that is rebound to 127.0.0.1 is not a loopback name.
 */
export class Access {
  readonly #origins: ReadonlySet<string>;
  readonly #isSecure: boolean;

  constructor({ origins }: AccessOptions) {
    this.#origins = new Set(origins);
    this.#isSecure = origins.some((origin) => origin.startsWith('https:'));
  }

  /**
   * The origin of the page that sent the request. Throws `LAB_ORIGIN_FORBIDDEN` unless it is our
   * own.
   */
  requireOwnOrigin(request: FastifyRequest): string {
    const { origin } = request.headers;
    if (origin !== undefined && this.#isOwn(origin, request.headers.host ?? '')) return origin;
    throw new LabError(
      'LAB_ORIGIN_FORBIDDEN',
      origin === undefined
        ? 'The request has no Origin header.'
        : `The request comes from ${origin.slice(0, 100)}, which is not this site.`,
      {
        hint: 'Open Kindlab at its own address. Behind a proxy, set KINDLAB_ORIGIN to that address.',
      },
    );
  }

  /** The owner in the request's cookie, if any. */
  owner(request: FastifyRequest): string | undefined {
    const value = request.cookies[this.#cookieName];
    return value !== undefined && OWNER.test(value) ? value : undefined;
  }

  /** The owner of the request. A new browser gets a cookie. */
  ensureOwner(request: FastifyRequest, reply: FastifyReply): string {
    const owner = this.owner(request) ?? randomBytes(32).toString('base64url');
    void reply.setCookie(this.#cookieName, owner, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: this.#isSecure,
      maxAge: OWNER_DAYS * 24 * 60 * 60,
    });
    return owner;
  }

  /** Safari refuses `Secure` cookies over plain http, even on a loopback address. */
  get #cookieName(): string {
    return this.#isSecure ? '__Host-kindlab-owner' : 'kindlab-owner';
  }

  #isOwn(origin: string, host: string): boolean {
    if (this.#origins.has(origin)) return true;
    return LOOPBACK_HOSTS.test(host) && origin === `http://${host}`;
  }
}
