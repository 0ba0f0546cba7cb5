import { createHash, randomBytes, randomInt } from 'node:crypto';
import { LabError } from '../errors.ts';
import { LABEL_LENGTH } from './preview-hosts.ts';

const TICKET_MS = 30_000;
/** Of each, for one preview: a learner has a few windows. The oldest gives way. */
const KEPT = 16;
const SECRET_BYTES = 32;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** What somebody who was let in brought along. */
export interface Visitor {
  /** The origin of the page that opened the preview; it alone may show it in a frame. */
  site: string;
  /** Of that page. */
  language: string;
}

/** Who may come in to one preview: a ticket opens once and soon, and what it gives opens as long as the preview is there. Keeps hashes alone. */
export class PreviewDoor {
  /** The first part of the preview's host name. */
  readonly label = newLabel();
  readonly #tickets = new Map<string, { visitor: Visitor; until: number }>();
  readonly #visitors = new Map<string, Visitor>();

  /** A ticket for one entry within half a minute. */
  issue(visitor: Visitor, now = performance.now()): string {
    const ticket = newSecret();
    keep(this.#tickets, hash(ticket), { visitor, until: now + TICKET_MS });
    return ticket;
  }

  /** Takes a ticket, and gives the secret for a cookie. Errors: `LAB_PREVIEW_FORBIDDEN`. */
  redeem(ticket: string, now = performance.now()): string {
    const key = hash(ticket);
    const found = this.#tickets.get(key);
    this.#tickets.delete(key);
    if (found === undefined || found.until < now) {
      throw new LabError(
        'LAB_PREVIEW_FORBIDDEN',
        'This link opens once, within half a minute, and has been used or is too old.',
      );
    }
    const secret = newSecret();
    keep(this.#visitors, hash(secret), found.visitor);
    return secret;
  }

  /** Who holds one of the secrets. Errors: `LAB_PREVIEW_FORBIDDEN`. */
  admit(secrets: readonly string[]): Visitor {
    for (const secret of secrets) {
      const visitor = this.#visitors.get(hash(secret));
      if (visitor !== undefined) return visitor;
    }
    const message = 'The cookie that opens this page is missing, or is another one.';
    throw new LabError('LAB_PREVIEW_FORBIDDEN', message);
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > KEPT && oldest !== undefined) map.delete(oldest);
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
