import { createHash } from 'node:crypto';
import type { Engine } from '../../providers/docker/engine/engine.ts';
import { hashFiles, listFiles, type BuildFile, type FileMap } from './files.ts';

/** The arguments of a recipe's build. */
export interface BuildContext {
  engine: Engine;
  /** The tag of the result. Nothing may carry it before the build is complete. */
  tag: string;
  files: readonly BuildFile[];
  /** For every container of the build; they say who owns it. */
  labels: Record<string, string>;
  /** The tag of a parent, which exists already. */
  parent: (name: string) => string;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/**
 * How to build one image. Its tag is a hash of all inputs: unchanged images are not built again.
 */
export interface Recipe {
  name: string;
  /** For people: "Kubernetes, from its Go modules". */
  title: string;
  /** Seconds of a cold build on two cores, measured. */
  seconds: number;
  /** What takes most of the time, unless it is the disk: machines differ in how fast they do it. */
  work?: 'compile' | 'download';
  files: FileMap;
  /** Recipes of the images that this one is built from. */
  parents: readonly string[];
  /** All other inputs of the result. */
  parameters: unknown;
  build(context: BuildContext): Promise<void>;
  /** Whether an existing image is still intact, by default true. If not, it is built again. */
  isWhole?(engine: Engine, tag: string): Promise<boolean>;
}

/** To be raised when a build method changes its result. */
const METHOD_VERSION = 1;

/** The tag of a recipe's image: a hash of its files, its parameters and the tags of its parents. */
export async function recipeTag(recipe: Recipe, parentTags: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const { name, parameters } = recipe;
  hash.update(JSON.stringify({ METHOD_VERSION, name, parameters, parentTags }));
  hash.update(await hashFiles(await listFiles(recipe.files)));
  return `kindlab/${name}:${hash.digest('hex').slice(0, 12)}`;
}

/** Sorts recipes so that parents come first. Throws on an unknown parent. */
export function inOrder(recipes: readonly Recipe[]): Recipe[] {
  const ordered: Recipe[] = [];
  const visit = (recipe: Recipe): void => {
    if (ordered.includes(recipe)) return;
    for (const parent of recipe.parents) {
      const found = recipes.find(({ name }) => name === parent);
      if (found === undefined) throw new Error(`recipe ${recipe.name} names no recipe: ${parent}`);
      visit(found);
    }
    ordered.push(recipe);
  };
  for (const recipe of recipes) visit(recipe);
  return ordered;
}
