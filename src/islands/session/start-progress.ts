import type { SessionStage } from '../../protocol/session.ts';

/** The progress at which an overdue stage stops. */
const OVERDUE = 0.95;

/**
 * The progress of a start from 0 to 1, by the stages' usual times; `undefined` when the server does
 * not know them yet. `sinceSeconds` is the age of `stages`.
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
