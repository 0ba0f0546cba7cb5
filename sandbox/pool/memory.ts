import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/** What the machine can still give without swapping, in MiB. `os.freemem` leaves out the page cache, which gives way. */
export function availableMib(): number {
  try {
    const kib = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) / 1024;
  } catch {
    // Not Linux, or no /proc.
  }
  return freemem() / 2 ** 20;
}
