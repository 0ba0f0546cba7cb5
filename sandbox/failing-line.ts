const DISK_FULL = /no space left on device|disk quota exceeded/i;

/** Patterns of lines that name the cause, the clearest first. */
const CAUSES = [
  DISK_FULL,
  // Compilers name a file and a line.
  /^\S+:\d+:(\d+:)? /,
  // apt prints the cause first, then lines that only say that something failed.
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

/** The line in the output of a failed build that names the cause. */
export function failingLine(lines: readonly string[]): string {
  const candidates = lines.filter((line) => !NOISE.some((noise) => noise.test(line)));
  for (const pattern of CAUSES) {
    const match = candidates.findLast((line) => pattern.test(line));
    if (match !== undefined) return match.trim();
  }
  return candidates.at(-1)?.trim() ?? 'it printed nothing';
}

/** Whether the line says that a disk is full. */
export function isDiskFull(line: string): boolean {
  return DISK_FULL.test(line);
}
