import type { Lab } from '../../src/protocol/lab.ts';
import type { Session, SessionStage } from '../../src/protocol/session.ts';
import { LabError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Log } from '../telemetry/log.ts';
import { LearnerSession } from './session.ts';
import { hashOwner, toEndedSession, toRow } from './session-record.ts';

export interface SessionRegistryOptions {
  store: Store;
  log: Log;
  sessionSeconds: number;
}

/** What a client asks for when it creates a session. */
export interface SessionRequest {
  lab: Lab;
  owner: string;
  /** The step to which the cluster is brought before the session is ready. */
  step: string | undefined;
}

/** The sessions that live, each with its row in the store, and who may see them. */
export class SessionRegistry {
  readonly #options: SessionRegistryOptions;
  readonly #live = new Map<string, LearnerSession>();

  constructor(options: SessionRegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#live.size;
  }

  all(): LearnerSession[] {
    return [...this.#live.values()];
  }

  has(id: string): boolean {
    return this.#live.has(id);
  }

  /** Creates a session. Throws when the store cannot record it: then nothing may start for it. */
  add({ lab, owner, step }: SessionRequest, id: string): LearnerSession {
    const { store, log, sessionSeconds } = this.#options;
    const createdAt = new Date();
    const session = new LearnerSession({
      id,
      lab,
      step,
      ownerHash: hashOwner(owner),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + sessionSeconds * 1000),
      expectedSeconds: (stage) => store.expectedSeconds(stage),
    });
    store.saveSession(toRow(session));
    this.#live.set(id, session);
    session.events.on('change', () => this.#record(() => store.saveSession(toRow(session))));
    log.info({ sessionId: id, lab: lab.id }, 'session created');
    return session;
  }

  /**
   * A live session of this owner.
   * Errors: `LAB_SESSION_UNKNOWN`, `LAB_SESSION_ENDED`, `LAB_SESSION_FORBIDDEN`.
   */
  get(id: string, owner: string | undefined): LearnerSession {
    const session = this.#live.get(id);
    if (session === undefined) {
      const { end } = this.describe(id, owner);
      const why = end?.reason ?? 'gone';
      throw new LabError('LAB_SESSION_ENDED', `Session ${id} has ended: ${why}.`);
    }
    requireOwner(session.ownerHash, owner);
    return session;
  }

  /**
   * A session as it is now, or how it ended.
   * Errors: `LAB_SESSION_UNKNOWN`, `LAB_SESSION_FORBIDDEN`.
   */
  describe(id: string, owner: string | undefined): Session {
    const row = this.#options.store.findSession(id);
    if (row === undefined) throw new LabError('LAB_SESSION_UNKNOWN', `There is no session ${id}.`);
    requireOwner(row.ownerHash, owner);
    return this.#live.get(id)?.toJson() ?? toEndedSession(row);
  }

  /** Ends the record of a session whose sandbox has been removed. */
  remove(session: LearnerSession): void {
    session.setState('gone');
    this.#live.delete(session.id);
  }

  /** Records how long a stage took, for the estimates of later sessions. */
  recordStage(stage: SessionStage['id'], seconds: number): void {
    this.#record(() => this.#options.store.recordStage(stage, seconds));
  }

  /** A store that cannot write now is no reason to end running sessions. */
  #record(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the store could not be written');
    }
  }
}

function requireOwner(ownerHash: string, owner: string | undefined): void {
  if (owner !== undefined && hashOwner(owner) === ownerHash) return;
  throw new LabError('LAB_SESSION_FORBIDDEN', 'The owner’s cookie is missing or wrong.');
}
