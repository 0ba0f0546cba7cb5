import { createWriteStream, mkdirSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { Engine } from '../providers/docker/engine/engine.ts';
import { Label } from '../providers/docker/engine/labels.ts';
import { LabError } from '../errors.ts';
import { listFiles } from './build/files.ts';
import { inOrder, type Recipe, recipeTag } from './build/recipe.ts';
import { isDiskFull, failingLine } from '../failing-line.ts';

/** Receives the progress of builds. */
export interface ImageListener {
  onRecipe(recipe: Recipe, state: 'running' | 'done' | 'failed' | 'found'): void;
  onLine(recipe: Recipe, line: string): void;
}

export interface EnsureImagesOptions {
  engine: Engine;
  recipes: readonly Recipe[];
  /** Names of ready images by recipe. They are pulled instead of built. */
  readyImages: ReadonlyMap<string, string>;
  /**
   * Folder for the full output of each build. It belongs to this install alone, and its path labels
   * the build containers.
   */
  logs: string;
  listener: ImageListener;
  signal: AbortSignal;
}

/** A needed image: how to get it, and whether it exists. */
export interface PlannedImage {
  recipe: Recipe;
  tag: string;
  isReady: boolean;
  isPulled: boolean;
}

/** After this time, any install may remove a left-over build container. Builds are much faster. */
const BUILD_EXPIRES_MS = 3 * 60 * 60 * 1000;

/**
 * Lists the needed images in build order, existing and missing ones. Skips recipes that only
 * existing or pulled images would need: with a ready node image, nothing builds Kubernetes.
 *
 * Errors: `LAB_INPUT_INVALID` for a ready image without a recipe, `LAB_ENGINE_UNREACHABLE`.
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

/** The wanted images and those that building them requires, in the order of `images`. */
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
    throw new LabError('LAB_INPUT_INVALID', `KINDLAB_IMAGES names an unknown image "${name}".`, {
      hint: `Correct or unset it. The images are ${names.join(', ')}.`,
    });
  }
}

/**
 * Builds or pulls the missing images, one after another. Returns the tags of all images of the plan
 * by recipe. Finished images stay, so an interrupted run continues where it stopped.
 *
 * Errors: `LAB_IMAGE_BUILD_FAILED` with the line that matters, `LAB_DISK_FULL`,
 * `LAB_ENGINE_UNREACHABLE`.
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
  // A build continues without its log; without this, a failed write would end the server.
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
    throw failure(recipe, failingLine([...lines, ...message.split('\n')]), path, error);
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
    throw new Error('its files have changed since this run started: start again');
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
    hint: `${path} has the full output. Fix the cause and run "npm start" again: it continues where it stopped.`,
  });
}

/** Removes build containers of killed runs: those of this install, and expired ones. */
async function removeLeftovers(engine: Engine, logs: string): Promise<void> {
  const containers = await engine.containers.list({ label: [Label.builder] });
  const now = new Date().toISOString();
  const left = containers.filter(
    ({ labels }) => labels[Label.builder] === logs || (labels[Label.expires] ?? now) < now,
  );
  await Promise.all(left.map(async ({ id }) => engine.containers.remove(id)));
}
