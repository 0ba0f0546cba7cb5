import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { usualMemoryMib } from '../src/protocol/lab.ts';

/** What is left to the machine itself: of all its memory, and of what it can still give now. */
const RESERVED_MIB = 2048;
const SPARE_MIB = 1024;
/** What a sandbox takes that has just been made (`npm run bench -- idle`); it may grow to what its lab says, by default to 600. */
const NEW_SANDBOX_MIB = 450;
/** What is kept for each at least. */
const GROWTH_MIB = usualMemoryMib - NEW_SANDBOX_MIB;
/** What a sandbox of three nodes takes of them. The root users of all nodes on a machine share one counter, with the machine's own. */
const SANDBOX_INOTIFY = 56;
const RESERVED_INOTIFY = 16;

/** Of a machine, what limits the number of sandboxes. */
export interface Resources {
  memoryMib: number;
  /** The kernel's limit of inotify instances for one user; undefined where it cannot be seen. */
  inotifyInstances: number | undefined;
}

/** How many sandboxes a machine holds at once, and what sets that limit. */
export interface Capacity {
  sandboxes: number;
  limitedBy: 'memory' | 'inotify';
}

export function readResources(): Resources {
  return { memoryMib: totalmem() / 2 ** 20, inotifyInstances: readInotifyInstances() };
}

/** At least one by memory: whether that one can start is asked when it does. */
export function capacityOf({ memoryMib, inotifyInstances }: Resources): Capacity {
  const byMemory = Math.max(1, Math.floor((memoryMib - RESERVED_MIB) / usualMemoryMib));
  const byInotify = sandboxesByInotify(inotifyInstances);
  return byInotify < byMemory
    ? { sandboxes: byInotify, limitedBy: 'inotify' }
    : { sandboxes: byMemory, limitedBy: 'memory' };
}

/** How many sandboxes a limit of inotify instances allows at once. */
export function sandboxesByInotify(instances = Infinity): number {
  return Math.max(0, Math.floor((instances - RESERVED_INOTIFY) / SANDBOX_INOTIFY));
}

/** A session, as far as memory goes. */
export interface MemoryUser {
  /** MiB that it takes at most. */
  memoryMib: number;
  /** Whether its sandbox is there, so that what it takes is no longer available. */
  isThere: boolean;
}

/** MiB that the machine can still give to sandboxes beside these sessions; negative when it is short. */
export function roomBeside(sessions: readonly MemoryUser[]): number {
  return roomOf({ totalMib: totalmem() / 2 ** 20, availableMib: availableMib() }, sessions);
}

/**
 * What is available now, less what the sessions may still take. How much of it they have taken is not known: some at least, so that much is left by what is available; and
 * no more than they say, so that much is left by what the machine has.
 */
export function roomOf(
  memory: { totalMib: number; availableMib: number },
  sessions: readonly MemoryUser[],
): number {
  const available = memory.availableMib - SPARE_MIB;
  const less = (by: (session: MemoryUser) => number): number =>
    sessions.reduce((sum, session) => sum + by(session), 0);
  const least = less(({ memoryMib, isThere }) => (isThere ? GROWTH_MIB : memoryMib));
  const most = less(({ memoryMib, isThere }) => memoryMib - (isThere ? NEW_SANDBOX_MIB : 0));
  const all = less(({ memoryMib }) => memoryMib);
  const unused = Math.max(available - most, memory.totalMib - RESERVED_MIB - all);
  return Math.floor(Math.min(available - least, unused));
}

/** What the machine can still give without swapping, in MiB. `os.freemem` leaves out the page cache, which gives way. */
export function availableMib(): number {
  return (readAvailableBytes() ?? freemem()) / 2 ** 20;
}

/** MemAvailable in bytes; undefined where it cannot be seen. */
export function readAvailableBytes(): number | undefined {
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readText('/proc/meminfo') ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** The kernel's limit of inotify instances for one user; undefined where it cannot be seen. */
export function readInotifyInstances(): number | undefined {
  const text = readText('/proc/sys/fs/inotify/max_user_instances');
  return text === undefined ? undefined : Number(text);
}

/** `undefined` where there is no such file: not Linux, or no /proc. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
