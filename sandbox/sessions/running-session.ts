import type { Sandbox } from '../provider.ts';
import type { IdleFreezer } from './idle-freezer.ts';
import type { SuspendableWatcher } from './suspendable-watcher.ts';
import type { Terminals } from './waking-terminals.ts';

/** What a session has from the moment it is ready. Created whole, and never changed. */
export interface RunningSession {
  readonly sandbox: Sandbox;
  readonly freezer: IdleFreezer;
  readonly watcher: SuspendableWatcher;
  /** Terminals that wake the sandbox. */
  readonly terminals: Terminals;
}
