import { createHash, randomInt } from 'node:crypto';
import type { Session } from '../../src/protocol/session.ts';
import type { SessionRow } from '../store/store.ts';
import type { LearnerSession } from './session.ts';

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 12;

/** An unguessable id for a session, or for a sandbox that may become one. */
export function newId(): string {
  const letters = Array.from({ length: ID_LENGTH }, () => randomInt(ID_ALPHABET.length));
  return letters.map((index) => ID_ALPHABET[index]).join('');
}

/** Identifies an owner by the hash of their cookie, so that the store holds no credentials. */
export function hashOwner(owner: string): string {
  return createHash('sha256').update(owner).digest('hex');
}

/** A session as the store keeps it. */
export function toRow(session: LearnerSession): SessionRow {
  const { id, ownerHash, state, createdAt, expiresAt, end } = session;
  const { stages } = session.toJson();
  return { id, lab: session.lab.id, ownerHash, state, createdAt, expiresAt, stages, end };
}

/**
 * How a session that no longer lives ended. One that was alive in its last row is lost: no sandbox
 * survives its server.
 */
export function toEndedSession({ state, end, ...row }: SessionRow): Session {
  return {
    id: row.id,
    lab: row.lab,
    state: state === 'failed' ? 'failed' : 'gone',
    stages: row.stages,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    secondsLeft: 0,
    end: end ?? { reason: 'lost' },
  };
}
