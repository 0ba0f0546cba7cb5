const DISK_FULL = /no space left on device|disk quota exceeded/i;

/** From the most to the least telling. */
const TELLING = [
  DISK_FULL,
  // A compiler points at a place.
  /^\S+:\d+:(\d+:)? /,
  // apt tells the cause first, and then only that there was one.
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

/** Of a failed build's output, the line that a person would point at. */
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
