import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../../../images/build/recipe.ts';
import { type Evidence, type Pace, paceOf, type WorkKind } from '../../../preparation/estimate.ts';

/** Seconds that recipes took on this machine, by name. */
export type BuildTimes = Record<string, number>;

type Timed = Pick<Recipe, 'name' | 'seconds' | 'work'>;

/** The benchmark counts as much as builds of this many seconds. */
const BENCHMARK_SECONDS = 60;
/** Rebuilds from a warm cache are faster than this share of what the benchmark promises. */
const FASTEST = 0.5;

function fileOf(home: string): string {
  return join(home, 'build-times.json');
}

/** The times of earlier runs; empty when there are none. */
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

/**
 * What earlier builds and the benchmark say of this machine's pace.
 *
 * @param cpuPace how many times as long as on the reference machine the benchmark took
 */
export function machinePace(times: BuildTimes, recipes: readonly Timed[], cpuPace = 1): Pace {
  const evidence = (kind: WorkKind, promised: number): Evidence => {
    const known = recipes.filter((each) => workOf(each) === kind && times[each.name] !== undefined);
    const reference = known.reduce((total, { seconds }) => total + seconds, 0);
    const seconds = known.reduce((total, { name }) => total + (times[name] ?? 0), 0);
    const more = Math.max(0, BENCHMARK_SECONDS - reference);
    return {
      seconds: Math.max(seconds, reference * promised * FASTEST) + more * promised,
      reference: reference + more,
    };
  };
  // Half of all other work waits for the network or the disk, whatever the CPU.
  const slower = Math.sqrt(cpuPace);
  return {
    compile: evidence('compile', cpuPace),
    download: evidence('download', slower),
    other: evidence('other', slower),
  };
}

/** How long a recipe takes: known from this machine, or else to be scaled by its pace. */
export function expectationOf(
  recipe: Timed,
  times: BuildTimes,
): { expectedSeconds: number; work?: WorkKind } {
  const known = times[recipe.name];
  if (known !== undefined) return { expectedSeconds: known };
  return { expectedSeconds: recipe.seconds, work: workOf(recipe) };
}

/** The seconds that a recipe takes on a machine of this pace. */
export function expectedSeconds(recipe: Timed, times: BuildTimes, pace: Pace): number {
  const { expectedSeconds: seconds, work } = expectationOf(recipe, times);
  return work === undefined ? seconds : seconds * paceOf(pace[work]);
}

function workOf({ work }: Timed): WorkKind {
  return work ?? 'other';
}
