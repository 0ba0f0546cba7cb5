import { expect, it } from 'vitest';
import { labImageSchema, nodeImageSchema } from '../../src/protocol/lab.ts';
import { clusterImages } from './cluster-images.ts';
import { recipes } from './recipes.ts';

/** The images that a recipe and those below it preload, with the names they have in a cluster. */
function preloadedBy(name: string): Record<string, string> {
  const recipe = recipes.find((each) => each.name === name);
  const { preload = {} } = (recipe?.parameters ?? {}) as { preload?: Record<string, string> };
  const below = recipe?.parents.filter((parent) => !(parent in preload)).map(preloadedBy) ?? [];
  return Object.assign({}, ...below, preload) as Record<string, string>;
}

it('adds what the recipe of each cluster image preloads', () => {
  let before: string[] = [];
  for (const { recipe, adds } of clusterImages) {
    const preloaded = Object.keys(preloadedBy(recipe));
    const added = nodeImageSchema.options.filter(
      (image) => preloaded.includes(image) && !before.includes(image),
    );
    expect([...adds].sort()).toEqual(added.sort());
    before = preloaded;
  }
});

it('adds in the end everything that a lab can ask for, under the name that lessons use', () => {
  expect(clusterImages.flatMap(({ adds }) => [...adds]).sort()).toEqual(
    [...nodeImageSchema.options].sort(),
  );
  const names = preloadedBy(clusterImages.at(-1)?.recipe ?? '');
  for (const image of labImageSchema.options) expect(names[image]).toBe(`kindlab/${image}:1`);
});
