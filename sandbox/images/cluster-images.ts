import type { LabImage } from '../../src/protocol/lab.ts';

/** An image from which clusters boot, and which of our images are on every node of them. */
export interface ClusterImage {
  recipe: string;
  holds: readonly LabImage[];
}

/**
 * In the order of building: each holds all that the one before it holds, upon whose layers it stands, and more. Sessions of any lab boot from the last that is
 * there, which costs them nothing; a lab that needs more than that holds waits for the next.
 */
export const clusterImages = [
  { recipe: 'cluster', holds: ['web'] },
  { recipe: 'cluster-data', holds: ['web', 'data', 'spark'] },
] as const satisfies readonly ClusterImage[];
