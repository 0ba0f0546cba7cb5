import type { NodeImage } from '../../src/protocol/lab.ts';

/** An image from which clusters boot. */
export interface ClusterImage {
  recipe: string;
  /** The images on every node that the cluster image before it does not have. */
  adds: readonly NodeImage[];
}

/**
 * The chain of cluster images, in the order of building: each holds what the one before it holds,
 * and more. The first is as small as possible, because every learner waits for it. Sessions of any
 * lab boot from the last one that is built, which costs them nothing; a lab that needs more waits
 * for the link that brings it.
 */
export const clusterImages: readonly [ClusterImage, ...ClusterImage[]] = [
  { recipe: 'cluster-core', adds: ['web'] },
  { recipe: 'cluster', adds: ['metrics-server', 'contour', 'envoy', 'local-path-provisioner'] },
  { recipe: 'cluster-data', adds: ['data', 'spark'] },
];
