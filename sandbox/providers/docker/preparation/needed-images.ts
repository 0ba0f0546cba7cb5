import { missingImages, type NodeImage } from '../../../../src/protocol/lab.ts';
import { type ClusterImage, clusterImages } from '../../../images/cluster-images.ts';
import { neededFor, type PlannedImage } from '../../../images/ensure-images.ts';
import type { SandboxImages } from '../../../provider.ts';

export type Chain = readonly ClusterImage[];

/** The recipes of the images that containers of sandboxes start from. */
export function sandboxRecipes(chain: Chain = clusterImages): string[] {
  return [...chain.map(({ recipe }) => recipe), 'workstation'];
}

/** All images that the nodes have when a cluster boots from this link of the chain. */
export function nodeImagesOf(link: ClusterImage, chain: Chain = clusterImages): NodeImage[] {
  return chain.slice(0, chain.indexOf(link) + 1).flatMap(({ adds }) => adds);
}

/** The links that add something which these images do not have yet, in the order of building. */
export function missingLinks(
  { holds }: Pick<SandboxImages, 'holds'>,
  chain: Chain = clusterImages,
): ClusterImage[] {
  return chain.filter(({ adds }) => missingImages(adds, holds).length > 0);
}

/**
 * What the first sessions need: the longest part of the chain that is built already, or else the
 * link with the least to build: its first, or one whose node image is pulled. With `isForAll` it is
 * the whole chain.
 */
export function neededToStart(
  all: readonly PlannedImage[],
  { isForAll = false, chain = clusterImages }: { isForAll?: boolean; chain?: Chain } = {},
): { link: ClusterImage; plan: PlannedImage[] } {
  const isReady = ({ recipe }: ClusterImage): boolean =>
    all.some((image) => image.recipe.name === recipe && image.isReady);
  const [first] = chain;
  if (first === undefined) throw new Error('there are no cluster images');
  const quickest = (a: ClusterImage, b: ClusterImage): ClusterImage =>
    secondsToBuild(all, b) < secondsToBuild(all, a) ? b : a;
  const link = (isForAll ? chain.at(-1) : chain.findLast(isReady)) ?? chain.reduce(quickest, first);
  return { link, plan: neededFor(all, [link.recipe, 'workstation']) };
}

function secondsToBuild(all: readonly PlannedImage[], { recipe }: ClusterImage): number {
  return neededFor(all, [recipe])
    .filter(({ isReady, isPulled }) => !isReady && !isPulled)
    .reduce((total, image) => total + image.recipe.seconds, 0);
}

/**
 * The planned images that the server finds or builds sooner or later. Where the last link of the
 * chain is built, those before it are not needed.
 */
export function neededEventually(
  all: readonly PlannedImage[],
  chain: Chain = clusterImages,
): PlannedImage[] {
  const last = chain.at(-1)?.recipe ?? '';
  const needed = [...neededToStart(all, { chain }).plan, ...neededFor(all, [last])];
  return all.filter((image) => needed.includes(image));
}

/** Splits a plan by link: what each link needs once those before it are built. */
export function splitByLink(
  all: readonly PlannedImage[],
  links: readonly ClusterImage[],
): { link: ClusterImage; plan: PlannedImage[] }[] {
  const built = new Set<string>();
  return links.map((link) => {
    const now = all.map((image) =>
      built.has(image.recipe.name) ? { ...image, isReady: true } : image,
    );
    const plan = neededFor(now, [link.recipe]);
    for (const { recipe } of plan) built.add(recipe.name);
    return { link, plan };
  });
}
