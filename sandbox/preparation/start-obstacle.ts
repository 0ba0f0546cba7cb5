import { linkThatBrings } from '../../src/protocol/growth.ts';
import type { NodeImage } from '../../src/protocol/lab.ts';
import type { Growth, PreparationStatus } from '../../src/protocol/status.ts';
import { LabError } from '../errors.ts';

/** Why no session can start now or, with `missing` images, why no session that needs them can. */
export function startObstacle(
  { state, message, hint, growth }: PreparationStatus,
  missing: readonly NodeImage[],
): LabError {
  if (missing.length > 0) return imageObstacle(growth, missing);
  return state === 'unavailable'
    ? new LabError('LAB_SANDBOX_UNAVAILABLE', message, hint === undefined ? {} : { hint })
    : new LabError('LAB_SANDBOX_PREPARING', message);
}

function imageObstacle(growth: Growth | undefined, missing: readonly NodeImage[]): LabError {
  if (growth?.state === 'failed') {
    const { message, hint } = growth;
    return new LabError('LAB_IMAGE_BUILD_FAILED', message, hint === undefined ? {} : { hint });
  }
  const { progress = 0 } = linkThatBrings(growth, missing) ?? {};
  const done = `${Math.floor(progress * 100)} % is done.`;
  return new LabError('LAB_IMAGES_PREPARING', `${growth?.message ?? ''} ${done}`.trim());
}
