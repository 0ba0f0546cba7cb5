import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';

/** What is left to the machine itself: of all its memory, and of what it can still give now. */
const RESERVED_MIB = 2048;
const SPARE_MIB = 1024;
/** What a sandbox takes that does what the lessons ask for; before that it takes some 450 (`npm run bench -- idle`), and may grow by the rest. */
const SANDBOX_MIB = 600;
const GROWTH_MIB = 150;
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
  const byMemory = Math.max(1, Math.floor((memoryMib - RESERVED_MIB) / SANDBOX_MIB));
  const byInotify = sandboxesByInotify(inotifyInstances);
  return byInotify < byMemory
    ? { sandboxes: byInotify, limitedBy: 'inotify' }
    : { sandboxes: byMemory, limitedBy: 'memory' };
}

/** How many sandboxes a limit of inotify instances allows at once. */
export function sandboxesByInotify(instances = Infinity): number {
  return Math.max(0, Math.floor((instances - RESERVED_INOTIFY) / SANDBOX_INOTIFY));
}

/**
 * How many more sandboxes the memory holds beside so many sessions; negative when it is short. By what the machine can give now, less what those sessions
 * may still take.
 */
export function roomBeside(sessions: number): number {
  return Math.floor((availableMib() - SPARE_MIB - sessions * GROWTH_MIB) / SANDBOX_MIB);
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
