import { createHash, randomBytes, randomInt } from 'node:crypto';
import { LabError } from '../errors.ts';
import { LABEL_LENGTH } from './preview-hosts.ts';

const TICKET_MS = 30_000;
/**
 * Tickets, and visitors, kept for one preview: a learner has a few windows. The oldest is dropped.
 */
const MAX_KEPT = 16;
const SECRET_BYTES = 32;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The page that opened a preview. */
export interface Visitor {
  /** Its origin, the only one that may show the preview in a frame. */
  site: string;
  language: string;
}

/**
 * Admission to one preview. A ticket is valid once and for a short time; it is exchanged for a
 * secret that is valid as long as the preview. Only hashes of both are kept.
 */
export class PreviewAdmission {
  /** The first part of the preview's host name. */
  readonly label = newLabel();
  readonly #tickets = new Map<string, { visitor: Visitor; until: number }>();
  readonly #visitors = new Map<string, Visitor>();

  /** A ticket that is valid once, within half a minute. */
  issue(visitor: Visitor, now = performance.now()): string {
    const ticket = newSecret();
    keep(this.#tickets, hash(ticket), { visitor, until: now + TICKET_MS });
    return ticket;
  }

  /** Exchanges a ticket for the secret of a cookie. Errors: `LAB_PREVIEW_FORBIDDEN`. */
  redeem(ticket: string, now = performance.now()): string {
    const key = hash(ticket);
    const issued = this.#tickets.get(key);
    this.#tickets.delete(key);
    if (issued === undefined || issued.until < now) {
      throw new LabError(
        'LAB_PREVIEW_FORBIDDEN',
        'This link works once, within half a minute. It has been used or has expired.',
      );
    }
    const secret = newSecret();
    keep(this.#visitors, hash(secret), issued.visitor);
    return secret;
  }

  /** The visitor with one of these secrets. Errors: `LAB_PREVIEW_FORBIDDEN`. */
  admit(secrets: readonly string[]): Visitor {
    for (const secret of secrets) {
      const visitor = this.#visitors.get(hash(secret));
      if (visitor !== undefined) return visitor;
    }
    const message = 'The cookie for this page is missing or does not match.';
    throw new LabError('LAB_PREVIEW_FORBIDDEN', message);
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_KEPT && oldest !== undefined) map.delete(oldest);
}

function newLabel(): string {
  const letters = Array.from({ length: LABEL_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `p-${letters.join('')}`;
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
