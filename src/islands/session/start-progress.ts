import type { SessionStage } from '../../protocol/session.ts';

/** How far a stage that runs longer than usual may seem to have come. */
const OVERDUE = 0.95;

/**
 * How far a start has come, 0 to 1, from the stages' usual times; `undefined` where this server does not know them yet.
 * `sinceSeconds` is the time since `stages` were told.
 */
export function startProgress(
  stages: readonly SessionStage[],
  sinceSeconds: number,
): number | undefined {
  let total = 0;
  let passed = 0;
  for (const stage of stages) {
    const usual = stage.expectedSeconds;
    if (usual === undefined) return undefined;
    total += usual;
    if (stage.state === 'done') passed += usual;
    if (stage.state === 'running') {
      passed += Math.min(stage.seconds + sinceSeconds, usual * OVERDUE);
    }
  }
  return total === 0 ? undefined : passed / total;
}
