import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { LabError } from '../errors.ts';

const OWNER_DAYS = 30;
const OWNER = /^[\w-]{43}$/;
const LOOPBACK_HOSTS = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export interface AccessOptions {
  /** Origins from which the site may be used, beside loopback ones. */
  origins: readonly string[];
}

/**
 * Who may do what: a browser owns the sessions that it started, and is known by a cookie; what changes anything must come from our own pages.
 * A request is from our own pages when its Origin is named in the configuration, or is the very loopback address that it is sent to: another
 * program's page on the same machine has another port, and a name that was rebound to 127.0.0.1 is no loopback name.
 */
export class Access {
  readonly #origins: ReadonlySet<string>;
  readonly #isSecure: boolean;

  constructor({ origins }: AccessOptions) {
    this.#origins = new Set(origins);
    this.#isSecure = origins.some((origin) => origin.startsWith('https:'));
  }

  /** The origin of our own page that the request comes from. Throws `LAB_ORIGIN_FORBIDDEN` when it says no such. */
  requireOwnOrigin(request: FastifyRequest): string {
    const { origin } = request.headers;
    if (origin !== undefined && this.#isOwn(origin, request.headers.host ?? '')) return origin;
    throw new LabError(
      'LAB_ORIGIN_FORBIDDEN',
      origin === undefined
        ? 'The request does not say which site it comes from.'
        : `The request comes from ${origin.slice(0, 100)}, which is not this site.`,
      {
        hint: 'Open Kindlab at its own address. Behind a proxy, name its address in KINDLAB_ORIGIN.',
      },
    );
  }

  /** The owner that the request's cookie names, if any. */
  owner(request: FastifyRequest): string | undefined {
    const value = request.cookies[this.#cookieName];
    return value !== undefined && OWNER.test(value) ? value : undefined;
  }

  /** The owner of the request; a browser that is new gets a cookie. */
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

  /** Safari refuses `Secure` cookies over plain http, also on a loopback address. */
  get #cookieName(): string {
    return this.#isSecure ? '__Host-kindlab-owner' : 'kindlab-owner';
  }

  #isOwn(origin: string, host: string): boolean {
    if (this.#origins.has(origin)) return true;
    return LOOPBACK_HOSTS.test(host) && origin === `http://${host}`;
  }
}
