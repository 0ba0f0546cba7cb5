import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../../../images/build/recipe.ts';

/** Seconds that recipes took on this machine, by name. */
export type BuildTimes = Record<string, number>;

function fileOf(home: string): string {
  return join(home, 'build-times.json');
}

/** Times of earlier runs; none when there are none. */
export function readBuildTimes(home: string): BuildTimes {
  try {
    return JSON.parse(readFileSync(fileOf(home), 'utf8')) as BuildTimes;
  } catch {
    return {};
  }
}

export function writeBuildTimes(home: string, times: BuildTimes): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(home), JSON.stringify(times));
}

/** Seconds that a recipe will take here: as last time, or else its measured figure at this machine's pace. */
export function expectedSeconds(
  recipe: Pick<Recipe, 'name' | 'seconds'>,
  times: BuildTimes,
  recipes: readonly Pick<Recipe, 'name' | 'seconds'>[],
): number {
  return times[recipe.name] ?? recipe.seconds * paceOf(times, recipes);
}

/** How much slower this machine is than the one that the recipes were measured on. Rebuilds from a warm cache would make it look too fast. */
function paceOf(times: BuildTimes, recipes: readonly Pick<Recipe, 'name' | 'seconds'>[]): number {
  const known = recipes.filter(({ name }) => times[name] !== undefined);
  if (known.length === 0) return 1;
  const taken = known.reduce((total, { name }) => total + (times[name] ?? 0), 0);
  const measured = known.reduce((total, { seconds }) => total + seconds, 0);
  return Math.min(Math.max(taken / measured, 0.5), 20);
}
