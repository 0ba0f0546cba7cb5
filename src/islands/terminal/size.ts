import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from '../../protocol/tty-frames.ts';

export interface Size {
  cols: number;
  rows: number;
}

/**
 * The size nearest to `fits` that the protocol allows; `undefined` when it cannot be measured,
 * because the terminal is hidden.
 */
export function allowedSize(fits: Partial<Size> | undefined): Size | undefined {
  const { cols = NaN, rows = NaN } = fits ?? {};
  if (!Number.isFinite(cols) || !Number.isFinite(rows)) return undefined;
  return {
    cols: Math.min(MAX_COLS, Math.max(MIN_COLS, cols)),
    rows: Math.min(MAX_ROWS, Math.max(MIN_ROWS, rows)),
  };
}
