/** The wall clock less the steady one, in milliseconds: it changes only when the clock is set, or while the machine sleeps. */
export function clockOffsetMs(): number {
  return Date.now() - performance.now();
}
