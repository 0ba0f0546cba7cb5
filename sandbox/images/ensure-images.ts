import { createWriteStream, mkdirSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { engineCall } from '../engine/engine-errors.ts';
import type { Engine } from '../engine/engine.ts';
import { Label } from '../engine/labels.ts';
import { LabError } from '../errors.ts';
import { listFiles } from './build/files.ts';
import { inOrder, type Recipe, recipeTag } from './build/recipe.ts';
import { lineThatMatters } from './line-that-matters.ts';

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
  /** Where the full output of each build is kept. */
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

/**
 * What there is and what lacks, in the order of building. Recipes that only an image found or pulled would need are left out: whoever names a ready
 * node image builds no Kubernetes.
 */
export async function planImages(
  options: Pick<EnsureImagesOptions, 'engine' | 'recipes' | 'readyImages'>,
  wanted: readonly string[],
): Promise<PlannedImage[]> {
  const planned = new Map<string, PlannedImage>();
  for (const recipe of inOrder(options.recipes)) {
    const ready = options.readyImages.get(recipe.name);
    const parents = recipe.parents.map((name) => planned.get(name)?.tag ?? '');
    const tag = ready ?? (await recipeTag(recipe, parents));
    const isReady = await options.engine.hasImage(tag);
    planned.set(recipe.name, { recipe, tag, isReady, isPulled: ready !== undefined });
  }
  const needed = new Set<string>();
  const need = (name: string): void => {
    const image = planned.get(name);
    if (image === undefined || needed.has(name)) return;
    needed.add(name);
    if (!image.isReady && !image.isPulled) image.recipe.parents.forEach(need);
  };
  wanted.forEach(need);
  return [...planned.values()].filter(({ recipe }) => needed.has(recipe.name));
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
  await removeLeftovers(engine);
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
  { engine, logs, listener, signal }: EnsureImagesOptions,
  { recipe, tag, isPulled }: PlannedImage,
  tags: ReadonlyMap<string, string>,
): Promise<void> {
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `build-${recipe.name}.log`);
  const log = createWriteStream(path);
  const lines: string[] = [];
  const onLine = (line: string): void => {
    log.write(`${line}\n`);
    lines.push(line);
    listener.onLine(recipe, line);
  };
  try {
    if (isPulled) {
      await engine.pullImage(tag, onLine, signal);
    } else {
      await recipe.build({
        engine,
        tag,
        files: await listFiles(recipe.files),
        parent: (name) => tags.get(name) ?? '',
        onLine,
        signal,
      });
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LabError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    log.write(`${message}\n`);
    throw new LabError(
      'LAB_IMAGE_BUILD_FAILED',
      `${recipe.title}: ${lineThatMatters([...lines, ...message.split('\n')])}`,
      {
        cause: error,
        hint: `The whole output is in ${path}. Mend it and start again: it goes on where it stopped.`,
      },
    );
  } finally {
    log.end();
    await finished(log);
  }
}

/** Build containers of a run that was killed. Only one run builds on an engine at a time, or they would also share the Go cache. */
async function removeLeftovers(engine: Engine): Promise<void> {
  const containers = await engineCall(async () =>
    engine.docker.listContainers({ all: true, filters: { label: [Label.recipe] } }),
  );
  const own = containers.filter(({ Labels }) => Labels[Label.install] === undefined);
  await Promise.all(own.map(async ({ Id }) => engine.removeContainer(Id)));
}
