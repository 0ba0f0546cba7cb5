import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { usualMemoryMib } from '../src/protocol/lab.ts';

/** Reserved for the machine itself: of all its memory, and of what is available now. */
const RESERVED_MIB = 2048;
const SPARE_MIB = 1024;
/**
 * Memory of a sandbox that has just started (`npm run bench -- idle`). It may grow to what its lab
 * declares, by default 600 MiB.
 */
const NEW_SANDBOX_MIB = 450;
/** The least growth that is reserved for each sandbox. */
const GROWTH_MIB = usualMemoryMib - NEW_SANDBOX_MIB;
/**
 * inotify instances of a sandbox with three nodes. The root users of all nodes on a machine share
 * one counter with the machine's own root.
 */
const SANDBOX_INOTIFY = 56;
const RESERVED_INOTIFY = 16;

/** What limits the number of sandboxes on a machine. */
export interface Resources {
  memoryMib: number;
  /** The kernel's limit of inotify instances per user; undefined where it is not visible. */
  inotifyInstances: number | undefined;
}

/** How many sandboxes fit on a machine, and which resource limits them. */
export interface Capacity {
  sandboxes: number;
  limitedBy: 'memory' | 'inotify';
}

export function readResources(): Resources {
  return { memoryMib: totalmem() / 2 ** 20, inotifyInstances: readInotifyInstances() };
}

/** By memory at least one: whether that one fits is checked when it starts. */
export function capacityOf({ memoryMib, inotifyInstances }: Resources): Capacity {
  const byMemory = Math.max(1, Math.floor((memoryMib - RESERVED_MIB) / usualMemoryMib));
  const byInotify = sandboxesByInotify(inotifyInstances);
  return byInotify < byMemory
    ? { sandboxes: byInotify, limitedBy: 'inotify' }
    : { sandboxes: byMemory, limitedBy: 'memory' };
}

/** How many sandboxes this limit of inotify instances allows. */
export function sandboxesByInotify(instances = Infinity): number {
  return Math.max(0, Math.floor((instances - RESERVED_INOTIFY) / SANDBOX_INOTIFY));
}

/** The memory of a session. */
export interface MemoryUser {
  /** The most that it may use. */
  memoryMib: number;
  /** Whether its sandbox exists, so that the available memory no longer includes its part. */
  isThere: boolean;
}

/** MiB that this machine can still give beside these users; negative when memory is short. */
export function memoryLeftMib(users: readonly MemoryUser[]): number {
  return memoryLeftOf({ totalMib: totalmem() / 2 ** 20, availableMib: availableMib() }, users);
}

/**
 * The available memory less what the users may still take. How much each has taken is unknown, but
 * two bounds hold: an existing sandbox has taken at least {@link NEW_SANDBOX_MIB}, which limits
 * what it takes from the available memory; and none takes more than it declares, which limits what
 * all take of the machine's total. The better bound counts, and each sandbox keeps {@link
 * GROWTH_MIB} anyway.
 */
export function memoryLeftOf(
  memory: { totalMib: number; availableMib: number },
  users: readonly MemoryUser[],
): number {
  const available = memory.availableMib - SPARE_MIB;
  const sum = (of: (user: MemoryUser) => number): number =>
    users.reduce((total, user) => total + of(user), 0);
  const leastGrowth = sum(({ memoryMib, isThere }) => (isThere ? GROWTH_MIB : memoryMib));
  const mostGrowth = sum(({ memoryMib, isThere }) => memoryMib - (isThere ? NEW_SANDBOX_MIB : 0));
  const declared = sum(({ memoryMib }) => memoryMib);
  const unused = Math.max(available - mostGrowth, memory.totalMib - RESERVED_MIB - declared);
  return Math.floor(Math.min(available - leastGrowth, unused));
}

/**
 * MiB available without swapping. `os.freemem` does not count the page cache, which the kernel
 * gives up on demand.
 */
export function availableMib(): number {
  return (readAvailableBytes() ?? freemem()) / 2 ** 20;
}

/** MemAvailable in bytes; undefined where it is not visible. */
export function readAvailableBytes(): number | undefined {
  const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readText('/proc/meminfo') ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** The kernel's limit of inotify instances per user; undefined where it is not visible. */
export function readInotifyInstances(): number | undefined {
  const text = readText('/proc/sys/fs/inotify/max_user_instances');
  return text === undefined ? undefined : Number(text);
}

/** Undefined where the file is missing: not Linux, or no /proc. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
