import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../errors.ts';

/**
 * Claims a state folder for this process. The caller disposes the claim. A claim that a dead process left is taken over.
 * Throws `LAB_STATE_LOCKED` with the process that holds it.
 */
export function lockHome(home: string): Disposable {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'server.lock');
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return {
        [Symbol.dispose]: () => {
          rmSync(path, { force: true });
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(readFileSync(path, 'utf8'));
      if (isAlive(holder)) {
        throw new LabError('LAB_STATE_LOCKED', `Process ${holder} uses ${home}.`);
      }
      rmSync(path, { force: true });
    }
  }
  throw new LabError('LAB_STATE_LOCKED', `Another process is just taking over ${home}.`);
}

/** The living process that claims a state folder, or undefined. */
export function holderOf(home: string): number | undefined {
  try {
    const holder = Number(readFileSync(join(home, 'server.lock'), 'utf8'));
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
