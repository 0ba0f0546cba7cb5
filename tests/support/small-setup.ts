import { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { folderOf, withBuildContainer } from '../../sandbox/images/build/container.ts';
import type { Recipe } from '../../sandbox/images/build/recipe.ts';
import { ensureImages, planImages } from '../../sandbox/images/ensure-images.ts';
import { testImages } from '../../tools/support/images.ts';

/**
 * An image that a container builds in half a second, in the way of a node's programs. It contains
 * one file of some MB.
 */
function small(name: string, ...parents: string[]): Recipe {
  const script = `mkdir -p /out; for part in 1 2 3 4 5; do seq 100000 >> /out/${name}; sleep 0.1; done`;
  return {
    name,
    title: name,
    seconds: 1,
    files: {},
    parents,
    parameters: script,
    build: async ({ engine, tag, labels, onLine, signal }) => {
      const container = {
        recipe: name,
        image: testImages().workstation,
        command: ['bash', '-c', script],
      };
      await withBuildContainer({ ...container, engine, labels, onLine, signal }, async (id) => {
        await engine.images.import(await folderOf(engine, id, '/out'), tag, [], signal);
      });
    },
  };
}

/** Three images, each the parent of the next; set-up is asked for the last one. */
export function smallRecipes(purpose: string): Recipe[] {
  const [first, second, third] = ['a', 'b', 'c'].map((letter) => `test-${purpose}-${letter}`);
  return [small(first!), small(second!, first!), small(third!, second!)];
}

if (import.meta.main) {
  const [purpose = '', logs = ''] = process.argv.slice(2);
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort(new Error('interrupted')));
  const options = {
    engine: new Engine(),
    recipes: smallRecipes(purpose),
    readyImages: new Map<string, string>(),
    logs,
    listener: { onRecipe: () => undefined, onLine: () => undefined },
    signal: stop.signal,
  };
  const plan = await planImages(
    options,
    options.recipes.map(({ name }) => name),
  );
  console.log('begun');
  await ensureImages(options, plan);
}
