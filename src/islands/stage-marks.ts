/** A shape for each state of a stage: color alone must not distinguish them. */
export const stageMarks = {
  waiting: '·',
  running: '▸',
  done: '✓',
  failed: '✕',
  skipped: '–',
} as const;
