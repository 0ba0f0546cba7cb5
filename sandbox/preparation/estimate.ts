/** `compile` keeps all cores busy; `other` is mostly disk, with one core at a time. */
export type WorkKind = 'compile' | 'download' | 'other';

/** How long some work took on this machine, and how long it takes on the reference machine. */
export interface Evidence {
  seconds: number;
  reference: number;
}

/** What is known of this machine's pace, beside the stages themselves. */
export type Pace = Record<WorkKind, Evidence>;

/** The pace of the reference machine, on which the recipes were measured. */
export const referencePace: Pace = {
  compile: { seconds: 1, reference: 1 },
  download: { seconds: 1, reference: 1 },
  other: { seconds: 1, reference: 1 },
};

export interface EstimatedStage {
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped';
  /** Taken so far. */
  seconds: number;
  /** With `work`, on the reference machine; without it, on this one. */
  expectedSeconds: number;
  /** The pace that scales the stage. */
  work?: WorkKind;
}

/** A stage that takes longer than expected is expected to take this much longer still. */
const OVERTIME = 1.05;

/**
 * The seconds that each stage takes from start to end, as far as that can be known now: the pace of
 * the stages that are done counts for those to come. A stage that runs for longer than expected
 * makes its own estimate grow, and that of all similar stages.
 */
export function estimateSeconds(
  stages: readonly EstimatedStage[],
  prior: Pace = referencePace,
): number[] {
  const evidence: Pace = {
    compile: { ...prior.compile },
    download: { ...prior.download },
    other: { ...prior.other },
  };
  const add = (work: WorkKind | undefined, seconds: number, reference: number): void => {
    if (work === undefined) return;
    evidence[work].seconds += seconds;
    evidence[work].reference += reference;
  };
  const scaled = ({ work, expectedSeconds }: EstimatedStage): number =>
    work === undefined ? expectedSeconds : expectedSeconds * paceOf(evidence[work]);
  for (const { state, work, seconds, expectedSeconds } of stages) {
    if (state === 'done') add(work, seconds, expectedSeconds);
  }
  const running = stages.find(({ state }) => state === 'running');
  const overtime = running === undefined ? 0 : running.seconds * OVERTIME;
  if (running !== undefined && overtime > scaled(running)) {
    add(running.work, overtime, running.expectedSeconds);
  }
  return stages.map((stage) => {
    if (stage.state === 'done') return stage.seconds;
    return stage === running ? Math.max(overtime, scaled(stage)) : scaled(stage);
  });
}

/** How many times as long as on the reference machine work takes. */
export function paceOf({ seconds, reference }: Evidence): number {
  return seconds / reference;
}
