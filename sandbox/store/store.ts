import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Session, SessionStage, SessionState } from '../../src/protocol/session.ts';
import { LabError } from '../errors.ts';
import { claimHome } from './lock.ts';

/** What the server remembers of a session; of its owner only a hash. */
export interface SessionRow {
  id: string;
  lab: string;
  ownerHash: string;
  state: SessionState;
  createdAt: Date;
  expiresAt: Date;
  stages: SessionStage[];
  end: Session['end'];
}

/** Each is applied once, in order; `user_version` counts them. */
const migrations = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE sessions (
     id TEXT PRIMARY KEY, lab TEXT NOT NULL, owner_hash TEXT NOT NULL, state TEXT NOT NULL,
     created_at TEXT NOT NULL, expires_at TEXT NOT NULL, stages TEXT NOT NULL, end TEXT
   ) STRICT;
   CREATE TABLE stage_times (
     id INTEGER PRIMARY KEY, stage TEXT NOT NULL, seconds REAL NOT NULL
   ) STRICT;
   CREATE INDEX stage_times_by_stage ON stage_times (stage, id);`,
];

const DURATIONS_KEPT = 9;

/**
 * The server's memory in `$KINDLAB_HOME/state.db`. The server records what it intends before it
 * acts. One server owns the folder.
 */
export class Store implements Disposable {
  readonly #database: DatabaseSync;
  /** Identifies this install in every label. */
  readonly install: string;
  /** How often a server has started on this store. */
  readonly generation: number;

  /**
   * Throws `LAB_STATE_LOCKED` when another server owns the folder, and `LAB_STATE_NEWER` when a
   * newer version wrote it.
   */
  constructor(home: string) {
    makeHome(home);
    this.#database = new DatabaseSync(join(home, 'state.db'));
    try {
      claimHome(home, this.#database);
      this.#migrate();
      this.install = this.#meta('install', () => randomBytes(4).toString('hex'));
      this.generation = Number(this.#meta('generation', () => '0')) + 1;
      this.#setMeta('generation', String(this.generation));
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  saveSession(row: SessionRow): void {
    this.#database
      .prepare(
        `INSERT INTO sessions (id, lab, owner_hash, state, created_at, expires_at, stages, end)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at,
           stages = excluded.stages, end = excluded.end`,
      )
      .run(
        row.id,
        row.lab,
        row.ownerHash,
        row.state,
        row.createdAt.toISOString(),
        row.expiresAt.toISOString(),
        JSON.stringify(row.stages),
        row.end === undefined ? null : JSON.stringify(row.end),
      );
  }

  findSession(id: string): SessionRow | undefined {
    const row = this.#database.prepare('SELECT * FROM sessions WHERE id = ?').get(id);
    return row === undefined ? undefined : toSessionRow(row);
  }

  /**
   * Marks the sessions that were alive when their server ended: so far, no sandbox survives its
   * server. Returns how many there were.
   */
  markLost(): number {
    const end = JSON.stringify({ reason: 'lost' } satisfies Session['end']);
    const result = this.#database
      .prepare(`UPDATE sessions SET state = 'gone', end = ? WHERE state NOT IN ('gone', 'failed')`)
      .run(end);
    return Number(result.changes);
  }

  recordStage(stage: SessionStage['id'], seconds: number): void {
    this.#database
      .prepare('INSERT INTO stage_times (stage, seconds) VALUES (?, ?)')
      .run(stage, seconds);
    this.#database
      .prepare(
        `DELETE FROM stage_times WHERE stage = ?1 AND id NOT IN
           (SELECT id FROM stage_times WHERE stage = ?1 ORDER BY id DESC LIMIT ?2)`,
      )
      .run(stage, DURATIONS_KEPT);
  }

  /** The median of the last durations of this stage here; undefined before the first start. */
  expectedSeconds(stage: SessionStage['id']): number | undefined {
    const rows = this.#database
      .prepare('SELECT seconds FROM stage_times WHERE stage = ? ORDER BY seconds')
      .all(stage);
    return rows[Math.floor(rows.length / 2)]?.seconds as number | undefined;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #migrate(): void {
    const row = this.#database.prepare('PRAGMA user_version').get();
    const version = Number(row?.user_version ?? 0);
    if (version > migrations.length) {
      throw new LabError(
        'LAB_STATE_NEWER',
        `The state has version ${version}; this server knows up to ${migrations.length}.`,
      );
    }
    for (const [index, sql] of migrations.entries()) {
      if (index < version) continue;
      this.#database.exec(`BEGIN; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
  }

  #meta(key: string, initial: () => string): string {
    const row = this.#database.prepare('SELECT value FROM meta WHERE key = ?').get(key);
    if (row !== undefined) return String(row.value);
    const value = initial();
    this.#setMeta(key, value);
    return value;
  }

  #setMeta(key: string, value: string): void {
    this.#database
      .prepare(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(key, value);
  }
}

function makeHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError('LAB_INPUT_INVALID', `The folder ${home} cannot be created (${code}).`, {
      cause: error,
      hint: 'Choose another folder with KINDLAB_HOME.',
    });
  }
}

function toSessionRow(row: Record<string, unknown>): SessionRow {
  return {
    id: String(row.id),
    lab: String(row.lab),
    ownerHash: String(row.owner_hash),
    state: row.state as SessionState,
    createdAt: new Date(String(row.created_at)),
    expiresAt: new Date(String(row.expires_at)),
    stages: JSON.parse(String(row.stages)) as SessionStage[],
    end: row.end === null ? undefined : (JSON.parse(row.end as string) as Session['end']),
  };
}
