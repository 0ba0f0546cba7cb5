import { expect, it } from 'vitest';
import { labImageSchema } from '../../src/protocol/lab.ts';
import { clusterImages } from './cluster-images.ts';
import { recipes } from './recipes.ts';

/** What a recipe and those it stands on preload under the names of lessons. */
function preloadedBy(name: string): string[] {
  const recipe = recipes.find((each) => each.name === name);
  const { preload = {} } = (recipe?.parameters ?? {}) as { preload?: Record<string, string> };
  return [
    ...Object.entries(preload)
      .filter(([image, target]) => target === `kindlab/${image}:1`)
      .map(([image]) => image),
    ...(recipe?.parents.filter((parent) => !(parent in preload)).flatMap(preloadedBy) ?? []),
  ];
}

it('says of each cluster image what it holds', () => {
  for (const { recipe, holds } of clusterImages) {
    expect(preloadedBy(recipe)).toEqual(expect.arrayContaining([...holds]));
  }
});

it('holds ever more, and at last all that a lab can ask for', () => {
  clusterImages.forEach(({ holds }, index) =>
    expect(holds).toEqual(expect.arrayContaining([...(clusterImages[index - 1]?.holds ?? [])])),
  );
  expect([...(clusterImages.at(-1)?.holds ?? [])].sort()).toEqual(
    [...labImageSchema.options].sort(),
  );
});
