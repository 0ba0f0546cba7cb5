import { createHash } from 'node:crypto';
import type { Engine } from '../../providers/docker/engine/engine.ts';
import { hashFiles, listFiles, type BuildFile, type FileMap } from './files.ts';

/** What a recipe's build is given. */
export interface BuildContext {
  engine: Engine;
  /** The tag that the result must carry; until then nothing may. */
  tag: string;
  files: readonly BuildFile[];
  /** For every container of the build: whose build it is. */
  labels: Record<string, string>;
  /** The tag of a parent, which is built already. */
  parent: (name: string) => string;
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/** How one image is made. Its tag is a hash of everything that goes into it, so what has not changed is found and not built. */
export interface Recipe {
  name: string;
  /** For people: "Kubernetes, from its Go modules". */
  title: string;
  /** Seconds that it takes cold on two cores; measured. */
  seconds: number;
  files: FileMap;
  /** Recipes whose images it is built from. */
  parents: readonly string[];
  /** Whatever else the result depends on. */
  parameters: unknown;
  build(context: BuildContext): Promise<void>;
  /** Whether an image that was found is still what was built; by default it is. One that is not is built again. */
  isWhole?(engine: Engine, tag: string): Promise<boolean>;
}

/** Raise it when a build method itself changes what it makes. */
const METHOD_VERSION = 1;

/** The tag of a recipe's image: its files, its parameters and its parents' tags, hashed. */
export async function recipeTag(recipe: Recipe, parentTags: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const { name, parameters } = recipe;
  hash.update(JSON.stringify({ METHOD_VERSION, name, parameters, parentTags }));
  hash.update(await hashFiles(await listFiles(recipe.files)));
  return `kindlab/${name}:${hash.digest('hex').slice(0, 12)}`;
}

/** Recipes in an order in which parents come first. Throws on an unknown parent. */
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
