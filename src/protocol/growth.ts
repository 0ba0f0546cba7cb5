import type { Growth, GrowthLink } from './status.ts';

/**
 * The link of the chain that completes these images, or `undefined` when none of them is missing.
 * Imports types alone: pages load this without the schemas.
 */
export function linkThatBrings(
  growth: Growth | undefined,
  images: readonly string[],
): GrowthLink | undefined {
  return growth?.chain.findLast((link) => link.images.some((image) => images.includes(image)));
}
