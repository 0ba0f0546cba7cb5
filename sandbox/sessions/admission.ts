import { type Profile, usualMemoryMib } from '../../src/protocol/lab.ts';
import type { MemoryUser } from '../capacity.ts';
import { LabError } from '../errors.ts';
import type { SandboxPool } from '../provider.ts';
import type { LearnerSession } from './session.ts';

export interface AdmissionOptions {
  /** The sessions that hold a place and memory. */
  sessions: () => readonly LearnerSession[];
  /** How many sessions may live at once, including those that start or stop. */
  limit: () => number;
  /** MiB that the machine can still give beside these users; negative when memory is short. */
  memoryLeftMib: (users: readonly MemoryUser[]) => number;
}

/** Decides whether another session may start: is there a place, and is there memory? */
export class Admission {
  readonly #options: AdmissionOptions;
  /** Sessions that have been admitted and wait for the pool's answer. */
  readonly #reserved = new Set<MemoryUser>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** How many more sessions may start. */
  placesLeft(): number {
    return this.#options.limit() - this.#options.sessions().length - this.#reserved.size;
  }

  /** MiB left for further sessions once those that were admitted have all they may use. */
  memoryLeftMib(): number {
    const sessions = this.#options.sessions().map(toMemoryUser);
    return this.#options.memoryLeftMib([...sessions, ...this.#reserved]);
  }

  /**
   * Holds a place and memory until the result is disposed, while the pool looks for a sandbox.
   * Changes nothing in the pool, so a refused session costs no warm sandbox.
   * Errors: `LAB_CAPACITY_FULL`.
   */
  reserve(profile: Profile, pool: SandboxPool): Disposable {
    if (this.placesLeft() <= 0) {
      throw new LabError('LAB_CAPACITY_FULL', `All ${this.#options.limit()} places are taken.`);
    }
    const isLeased = pool.canLease(profile);
    const isThere = isLeased || pool.pending(profile) !== undefined;
    const others = pool.count().warm - (isLeased ? 1 : 0);
    this.#requireMemory(profile, isThere, others);
    const user: MemoryUser = { memoryMib: profile.memoryMib, isThere };
    this.#reserved.add(user);
    return { [Symbol.dispose]: () => this.#reserved.delete(user) };
  }

  /**
   * Dismisses members of the pool so that a session fits that is about to start.
   *
   * @param isThere whether it takes over a sandbox of the pool, which already uses memory
   * Errors: `LAB_CAPACITY_FULL`.
   */
  claimMemory(profile: Profile, pool: SandboxPool, isThere: boolean): void {
    let count = this.#requireMemory(profile, isThere, pool.count().warm);
    while (count > 0 && pool.dismissOne()) count -= 1;
  }

  /** Returns how many of these members must go. */
  #requireMemory({ memoryMib }: Profile, isThere: boolean, members: number): number {
    const neededMib = memoryMib - (isThere ? usualMemoryMib : 0);
    const count = membersToDismiss(neededMib, this.memoryLeftMib());
    if (count <= members) return count;
    throw new LabError(
      'LAB_CAPACITY_FULL',
      `The session may use ${memoryMib} MiB of memory, and this machine has less left.`,
    );
  }
}

/**
 * How many warm sandboxes must go so that a session has the memory it needs. A session that
 * replaces a warm sandbox of its size is always welcome, even while memory is short: it changes
 * nothing.
 */
function membersToDismiss(neededMib: number, leftMib: number): number {
  return Math.max(0, Math.ceil((neededMib - Math.max(leftMib, 0)) / usualMemoryMib));
}

function toMemoryUser({ lab, isRunning }: LearnerSession): MemoryUser {
  return { memoryMib: lab.profile.memoryMib, isThere: isRunning };
}
