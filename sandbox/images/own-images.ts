import { hasStatus } from '../providers/docker/engine/engine-errors.ts';
import type { Engine } from '../providers/docker/engine/engine.ts';
import { Label } from '../providers/docker/engine/labels.ts';

const PREFIX = 'kindlab/';

/** An image that this project built, in this install or another one on the same engine. */
export interface OwnImage {
  id: string;
  /** Empty for a left-over of a build. */
  tags: string[];
}

/** All our images: those with our names, and nameless ones with our label or our first layer. */
export async function listOwnImages(engine: Engine): Promise<OwnImage[]> {
  const all = await engine.images.list();
  const named = all.filter(({ tags }) => ownTags(tags).length > 0);
  const nameless = all.filter(({ tags }) => tags.length === 0);
  const roots = new Set(await Promise.all(named.map(async ({ id }) => firstLayer(engine, id))));
  const firsts = await Promise.all(nameless.map(async ({ id }) => firstLayer(engine, id)));
  const left = nameless.filter(
    ({ labels }, index) => labels[Label.recipe] !== undefined || roots.has(firsts[index]),
  );
  return [...named, ...left].map(({ id, tags }) => ({ id, tags: ownTags(tags) }));
}

/**
 * Removes our images. An image that a container uses stays, and so do its parents. Returns the
 * names of the images that stayed.
 */
export async function removeOwnImages(
  engine: Engine,
  images: readonly OwnImage[],
): Promise<string[]> {
  const kept: string[] = [];
  // Named images first: a left-over may be part of one.
  for (const name of images.flatMap(({ tags }) => tags)) {
    if (!(await isRemoved(engine, name))) kept.push(name);
  }
  let left = images.filter(({ tags }) => tags.length === 0).map(({ id }) => id);
  for (let before = Infinity; left.length > 0 && left.length < before;) {
    before = left.length;
    const removed = new Set<string>();
    for (const id of left) if (await isRemoved(engine, id)) removed.add(id);
    left = left.filter((id) => !removed.has(id));
  }
  return [...kept, ...left];
}

function ownTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith(PREFIX));
}

/** Undefined for an image that has no layers or has been removed meanwhile. */
async function firstLayer(engine: Engine, id: string): Promise<string | undefined> {
  return (await engine.images.inspect(id))?.layers[0];
}

async function isRemoved(engine: Engine, reference: string): Promise<boolean> {
  try {
    await engine.images.remove(reference);
    return true;
  } catch (error) {
    if (hasStatus(error, 409)) return false;
    throw error;
  }
}
