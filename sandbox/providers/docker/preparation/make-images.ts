import { join } from 'node:path';
import type { Config } from '../../../config.ts';
import type { Recipe } from '../../../images/build/recipe.ts';
import type { ensureImages, PlannedImage } from '../../../images/ensure-images.ts';
import { recipes } from '../../../images/recipes.ts';
import type { PlannedStage, Stages } from '../../../preparation/stages.ts';
import type { Log } from '../../../telemetry/log.ts';
import type { Engine } from '../engine/engine.ts';
import { type BuildTimes, expectationOf, writeBuildTimes } from './build-times.ts';

const PULL_SECONDS = 60;

export interface MakeImagesOptions {
  config: Pick<Config, 'home' | 'readyImages'>;
  engine: Engine;
  /** The missing images must have stages by now: see {@link stageOf}. */
  stages: Stages;
  log: Log;
  signal: AbortSignal;
  plan: readonly PlannedImage[];
  /** Of this machine so far; updated as images are built. */
  times: BuildTimes;
  dependencies: { ensureImages: typeof ensureImages };
}

/** The stage of an image that has to be built or pulled. */
export function stageOf({ recipe, isPulled }: PlannedImage, times: BuildTimes): PlannedStage {
  return {
    id: stageId(recipe),
    title: recipe.title,
    ...(isPulled ? { expectedSeconds: PULL_SECONDS } : expectationOf(recipe, times)),
  };
}

export function stageId({ name }: Pick<Recipe, 'name'>): string {
  return `image-${name}`;
}

/** Builds or pulls the missing images of a plan, and remembers how long each took. */
export async function makeImages(options: MakeImagesOptions): Promise<void> {
  const { config, stages, log, signal, dependencies, engine, plan, times } = options;
  const pulled = new Set(plan.filter(({ isPulled }) => isPulled).map(({ recipe }) => recipe.name));
  const finish = (recipe: Recipe): void => {
    const seconds = stages.done(stageId(recipe));
    log.info({ recipe: recipe.name, seconds }, 'image ready');
    if (pulled.has(recipe.name)) return;
    times[recipe.name] = seconds;
    writeBuildTimes(config.home, times);
  };
  const listener = {
    onRecipe: (recipe: Recipe, state: 'running' | 'done' | 'failed' | 'found'): void => {
      const verb = pulled.has(recipe.name) ? 'Fetching' : 'Building';
      if (state === 'running') stages.start(stageId(recipe), `${verb}: ${recipe.title}.`);
      if (state === 'done') finish(recipe);
    },
    onLine: () => undefined,
  };
  const logs = join(config.home, 'logs');
  const { readyImages } = config;
  await dependencies.ensureImages({ engine, recipes, readyImages, logs, listener, signal }, plan);
}
