import { createWriteStream, mkdirSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { Engine } from '../providers/docker/engine/engine.ts';
import { Label } from '../providers/docker/engine/labels.ts';
import { LabError } from '../errors.ts';
import { listFiles } from './build/files.ts';
import { inOrder, type Recipe, recipeTag } from './build/recipe.ts';
import { isDiskFull, lineThatMatters } from './line-that-matters.ts';

/** Told as images are made ready. */
export interface ImageListener {
  onRecipe(recipe: Recipe, state: 'running' | 'done' | 'failed' | 'found'): void;
  onLine(recipe: Recipe, line: string): void;
}

export interface EnsureImagesOptions {
  engine: Engine;
  recipes: readonly Recipe[];
  /** Recipe to the name of a ready image, which is pulled instead of built. */
  readyImages: ReadonlyMap<string, string>;
  /** Where the full output of each build is kept: a folder of this install alone, which its build containers are known by. */
  logs: string;
  listener: ImageListener;
  signal: AbortSignal;
}

/** An image that is wanted: where it comes from, and whether it is there. */
export interface PlannedImage {
  recipe: Recipe;
  tag: string;
  isReady: boolean;
  isPulled: boolean;
}

/** After this long, what a run left behind is anybody's to remove. No build takes nearly so long. */
const BUILD_EXPIRES_MS = 3 * 60 * 60 * 1000;

/**
 * What there is and what lacks, in the order of building. Recipes that only an image found or pulled would need are left out: whoever names a ready
 * node image builds no Kubernetes. Errors: `LAB_INPUT_INVALID` for a ready image that no recipe makes, `LAB_ENGINE_UNREACHABLE`.
 */
export async function planImages(
  options: Pick<EnsureImagesOptions, 'engine' | 'recipes' | 'readyImages'>,
  wanted: readonly string[],
): Promise<PlannedImage[]> {
  requireKnown(options);
  const planned = new Map<string, PlannedImage>();
  for (const recipe of inOrder(options.recipes)) {
    const ready = options.readyImages.get(recipe.name);
    const parents = recipe.parents.map((name) => planned.get(name)?.tag ?? '');
    const tag = ready ?? (await recipeTag(recipe, parents));
    const isReady =
      (await options.engine.images.has(tag)) &&
      (ready !== undefined || (await isWhole(options.engine, { recipe, tag })));
    planned.set(recipe.name, { recipe, tag, isReady, isPulled: ready !== undefined });
  }
  return neededFor([...planned.values()], wanted);
}

/** Of images in the order of building, those that are wanted, and those that must be there to build them. */
export function neededFor(
  images: readonly PlannedImage[],
  wanted: readonly string[],
): PlannedImage[] {
  const needed = new Set<string>();
  const need = (name: string): void => {
    const image = images.find(({ recipe }) => recipe.name === name);
    if (image === undefined || needed.has(name)) return;
    needed.add(name);
    if (!image.isReady && !image.isPulled) image.recipe.parents.forEach(need);
  };
  wanted.forEach(need);
  return images.filter(({ recipe }) => needed.has(recipe.name));
}

async function isWhole(
  engine: Engine,
  { recipe, tag }: Pick<PlannedImage, 'recipe' | 'tag'>,
): Promise<boolean> {
  return (await recipe.isWhole?.(engine, tag)) ?? true;
}

function requireKnown({
  recipes,
  readyImages,
}: Pick<EnsureImagesOptions, 'recipes' | 'readyImages'>): void {
  const names = recipes.map(({ name }) => name);
  for (const name of readyImages.keys()) {
    if (names.includes(name)) continue;
    throw new LabError(
      'LAB_INPUT_INVALID',
      `KINDLAB_IMAGES names an image "${name}", which there is not.`,
      {
        hint: `Correct or unset it. The images are ${names.join(', ')}.`,
      },
    );
  }
}

/**
 * Builds or pulls what lacks, one after another, and returns the tag of every image of the plan by recipe. Each finished image stays, so an
 * interrupted run goes on where it stopped. Errors: `LAB_IMAGE_BUILD_FAILED` with the line that matters, `LAB_DISK_FULL`, `LAB_ENGINE_UNREACHABLE`.
 */
export async function ensureImages(
  options: EnsureImagesOptions,
  plan: readonly PlannedImage[],
): Promise<ReadonlyMap<string, string>> {
  const { engine, listener, signal } = options;
  await removeLeftovers(engine, options.logs);
  const tags = new Map<string, string>();
  for (const { recipe, tag, isReady, isPulled } of plan) {
    signal.throwIfAborted();
    tags.set(recipe.name, tag);
    if (isReady) {
      listener.onRecipe(recipe, 'found');
      continue;
    }
    listener.onRecipe(recipe, 'running');
    try {
      await buildLogged(options, { recipe, tag, isReady, isPulled }, tags);
    } catch (error) {
      listener.onRecipe(recipe, 'failed');
      throw error;
    }
    listener.onRecipe(recipe, 'done');
  }
  return tags;
}

async function buildLogged(
  options: EnsureImagesOptions,
  image: PlannedImage,
  tags: ReadonlyMap<string, string>,
): Promise<void> {
  const { logs, listener, signal } = options;
  const { recipe } = image;
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `build-${recipe.name}.log`);
  const log = createWriteStream(path);
  // A log that cannot be written is no reason to stop, and must not end the server.
  const written = finished(log).catch(() => undefined);
  const lines: string[] = [];
  const onLine = (line: string): void => {
    log.write(`${line}\n`);
    lines.push(line);
    listener.onLine(recipe, line);
  };
  try {
    await make(options, image, tags, onLine);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LabError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    log.write(`${message}\n`);
    throw failure(recipe, lineThatMatters([...lines, ...message.split('\n')]), path, error);
  } finally {
    log.end();
    await written;
  }
}

async function make(
  { engine, logs, signal }: EnsureImagesOptions,
  { recipe, tag, isPulled }: PlannedImage,
  tags: ReadonlyMap<string, string>,
  onLine: (line: string) => void,
): Promise<void> {
  if (isPulled) {
    await engine.images.pull(tag, onLine, signal);
    return;
  }
  const parent = (name: string): string => tags.get(name) ?? '';
  if ((await recipeTag(recipe, recipe.parents.map(parent))) !== tag) {
    throw new Error('its files were changed since this run began: start again');
  }
  const expires = new Date(Date.now() + BUILD_EXPIRES_MS).toISOString();
  const labels = { [Label.builder]: logs, [Label.expires]: expires };
  const files = await listFiles(recipe.files);
  await recipe.build({ engine, tag, files, labels, parent, onLine, signal });
}

function failure(recipe: Recipe, line: string, path: string, cause: unknown): LabError {
  if (isDiskFull(line)) return new LabError('LAB_DISK_FULL', `${recipe.title}: ${line}`, { cause });
  return new LabError('LAB_IMAGE_BUILD_FAILED', `${recipe.title}: ${line}`, {
    cause,
    hint: `The whole output is in ${path}. Mend it and start again: it goes on where it stopped.`,
  });
}

/** Build containers of a run that was killed: this install's own, and anybody's that have expired. Another install may be building. */
async function removeLeftovers(engine: Engine, logs: string): Promise<void> {
  const containers = await engine.containers.list({ label: [Label.builder] });
  const now = new Date().toISOString();
  const left = containers.filter(
    ({ labels }) => labels[Label.builder] === logs || (labels[Label.expires] ?? now) < now,
  );
  await Promise.all(left.map(async ({ id }) => engine.containers.remove(id)));
}
