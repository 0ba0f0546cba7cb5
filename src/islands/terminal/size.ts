import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from '../../protocol/tty-frames.ts';

export interface Size {
  cols: number;
  rows: number;
}

/** The size that the protocol allows nearest to what fits; `undefined` when nothing can be measured, because nothing is shown. */
export function allowedSize(fits: Partial<Size> | undefined): Size | undefined {
  const { cols = NaN, rows = NaN } = fits ?? {};
  if (!Number.isFinite(cols) || !Number.isFinite(rows)) return undefined;
  return {
    cols: Math.min(MAX_COLS, Math.max(MIN_COLS, cols)),
    rows: Math.min(MAX_ROWS, Math.max(MIN_ROWS, rows)),
  };
}
