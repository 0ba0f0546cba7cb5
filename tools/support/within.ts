/** Aborted after a time, or with `until`. */
export function within(ms: number, until?: AbortSignal): AbortSignal {
  const late = AbortSignal.timeout(ms);
  return until === undefined ? late : AbortSignal.any([late, until]);
}
