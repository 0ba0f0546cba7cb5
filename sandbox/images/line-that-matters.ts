const DISK_FULL = /no space left on device|disk quota exceeded/i;

/** Patterns of telling lines, the most telling first. */
const TELLING = [
  DISK_FULL,
  // Compilers name a place.
  /^\S+:\d+:(\d+:)? /,
  // apt prints the cause first, and then only that something failed.
  /^E: (?!Unable to fetch some archives|Some index files)/,
  /\b(error|fatal|failed|cannot|could not|couldn't|unable to|not found|no such|missing|killed|denied|refused|mismatch|timed? ?out)\b/i,
];
const NOISE = [
  /returned a non-zero code/i,
  /^make(\[\d+\])?: \*\*\*/,
  /^\s*$/,
  /\bwarning\b/i,
  /^\+ /,
  /: (too many errors|note: .*)$/,
  /^(\s*--->|Step \d|Removing intermediate container)/,
];

/** The line of a failed build's output that a person would point at. */
export function lineThatMatters(lines: readonly string[]): string {
  const sound = lines.filter((line) => !NOISE.some((noise) => noise.test(line)));
  for (const pattern of TELLING) {
    const found = sound.findLast((line) => pattern.test(line));
    if (found !== undefined) return found.trim();
  }
  return sound.at(-1)?.trim() ?? 'it printed nothing';
}

/** Whether the line says that a disk is full. */
export function isDiskFull(line: string): boolean {
  return DISK_FULL.test(line);
}
