/**
 * The wall clock less the steady clock, in milliseconds. It changes only when the clock is set or
 * while the machine sleeps.
 */
export function clockOffsetMs(): number {
  return Date.now() - performance.now();
}
