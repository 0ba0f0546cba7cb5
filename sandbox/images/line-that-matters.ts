const TELLING = [
  /no space left on device/i,
  /\b(error|fatal|failed|cannot|could not|unable to|not found|denied|refused|timed? ?out)\b/i,
  /^E: /,
];
const NOISE = [/returned a non-zero code/i, /^make: \*\*\*/, /^\s*$/, /warning/i];

/** Of a failed build's output, the line that a person would point at: the last that tells of an error, before those that only say that there was one. */
export function lineThatMatters(lines: readonly string[]): string {
  const sound = lines.filter((line) => !NOISE.some((noise) => noise.test(line)));
  for (const pattern of TELLING) {
    const found = sound.findLast((line) => pattern.test(line));
    if (found !== undefined) return found.trim();
  }
  return sound.at(-1)?.trim() ?? 'it printed nothing';
}
