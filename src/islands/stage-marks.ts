/** A shape for each state of a stage, so that colour is not all that tells them apart. */
export const stageMarks = {
  waiting: '·',
  running: '▸',
  done: '✓',
  failed: '✕',
  skipped: '–',
} as const;
