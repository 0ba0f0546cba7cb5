import type { CheckResult } from '../../src/protocol/checks.ts';
import { type Session, sessionSchema } from '../../src/protocol/session.ts';
import { TerminalClient } from './terminal-client.ts';

const READY_MS = 120_000;
const POLL_MS = 100;

/**
 * A client of the API like a learner's browser: it keeps the cookie and sends the site's Origin.
 */
export class Learner {
  readonly origin: string;
  #cookie = '';

  constructor(origin: string) {
    this.origin = origin;
  }

  get headers(): Record<string, string> {
    return { origin: this.origin, cookie: this.#cookie };
  }

  async fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(this.origin + path, {
      method,
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.#cookie = cookie.split(';')[0] ?? '';
    return response;
  }

  /** Starts a session, which may not be ready yet. */
  async create(lab: string): Promise<Session> {
    const response = await this.fetch('POST', '/api/sessions', { lab });
    if (response.status !== 201) throw new Error(await response.text());
    return sessionSchema.parse(await response.json());
  }

  async session(id: string): Promise<Session> {
    return sessionSchema.parse(await (await this.fetch('GET', `/api/sessions/${id}`)).json());
  }

  /** Starts a session and resolves when it is ready. */
  async start(lab: string): Promise<Session> {
    const created = await this.create(lab);
    if (created.state === 'ready') return created;
    const { id } = created;
    const deadline = performance.now() + READY_MS;
    for (;;) {
      const session = await this.session(id);
      if (session.state === 'ready') return session;
      if (session.end !== undefined || performance.now() > deadline) {
        throw new Error(`session is ${JSON.stringify(session)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async checks(id: string): Promise<CheckResult[]> {
    const response = await this.fetch('GET', `/api/sessions/${id}/checks`);
    return ((await response.json()) as { checks: CheckResult[] }).checks;
  }

  async end(id: string): Promise<number> {
    return (await this.fetch('DELETE', `/api/sessions/${id}`)).status;
  }

  /** Opens a terminal of a session. The caller disposes it. */
  async terminal(id: string, number = 0, lastOffset = 0): Promise<TerminalClient> {
    const url = `${this.origin.replace('http', 'ws')}/api/sessions/${id}/terminals/${number}`;
    return TerminalClient.open(url, this.headers, lastOffset);
  }
}
