import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LabError } from '../errors.ts';

/** SQLITE_BUSY. */
const BUSY = 5;

const pidFile = (home: string): string => join(home, 'server.pid');

/**
 * Locks a state folder for this process: no other process can open its database. The kernel
 * releases the lock when the process ends, however that happens. Throws `LAB_STATE_LOCKED`, which
 * names the process that holds the lock.
 */
export function claimHome(home: string, database: DatabaseSync): void {
  try {
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT;',
    );
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new LabError('LAB_STATE_LOCKED', `${describeHolder(home)} uses ${home}.`, {
      cause: error,
    });
  }
  writeFileSync(pidFile(home), `${process.pid}\n`, { mode: 0o600 });
}

/** The server that owns a state folder, as "Process 12"; undefined when none does. */
export function holderOf(home: string): string | undefined {
  const path = join(home, 'state.db');
  if (!existsSync(path)) return undefined;
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    database.prepare('PRAGMA user_version').get();
    return undefined;
  } catch (error) {
    return isBusy(error) ? describeHolder(home) : undefined;
  }
}

/**
 * The id of the install whose state is in this folder. Undefined when there is none, or while a
 * server owns it.
 */
export function installOf(home: string): string | undefined {
  const path = join(home, 'state.db');
  if (!existsSync(path)) return undefined;
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare(`SELECT value FROM meta WHERE key = 'install'`).get();
    return row === undefined ? undefined : String(row.value);
  } catch {
    // The database is damaged, locked, or another program's.
    return undefined;
  }
}

function describeHolder(home: string): string {
  try {
    return `Process ${readFileSync(pidFile(home), 'utf8').trim()}`;
  } catch {
    return 'Another process';
  }
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === BUSY;
}
