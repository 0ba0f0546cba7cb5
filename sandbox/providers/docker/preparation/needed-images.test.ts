import { describe, expect, it } from 'vitest';
import { planOf, plannedImage } from '../../../../tests/support/fake-preparation.ts';
import type { Recipe } from '../../../images/build/recipe.ts';
import { recipes } from '../../../images/recipes.ts';
import {
  missingLinks,
  neededEventually,
  neededToStart,
  nodeImagesOf,
  splitByLink,
} from './needed-images.ts';

describe('neededEventually', () => {
  const missing = (present: readonly string[]): string[] =>
    neededEventually(
      planOf(recipes.map(({ name }) => name).filter((name) => !present.includes(name))),
    )
      .filter(({ isReady }) => !isReady)
      .map(({ recipe }) => recipe.name);

  it('is nothing when the last link is built, even if the images below it are gone', () => {
    expect(missing(['cluster-data', 'workstation'])).toEqual([]);
  });

  it('includes what the server builds while sessions run', () => {
    expect(missing(['cluster', 'workstation'])).toContain('cluster-data');
    expect(missing(['cluster', 'workstation'])).not.toContain('kubernetes');
  });
});

describe('a chain', () => {
  const chain = [
    { recipe: 'core', adds: ['web'] },
    { recipe: 'addons', adds: ['metrics-server', 'envoy'] },
    { recipe: 'data', adds: ['data', 'spark'] },
  ] as const;
  const [core, addons, data] = chain;
  const recipe = (name: string, ...parents: string[]): Recipe =>
    ({ name, title: name, seconds: 1, parents }) as unknown as Recipe;
  const plan = (...ready: string[]) =>
    [
      recipe('go'),
      recipe('core', 'go'),
      recipe('envoy', 'go'),
      recipe('addons', 'core', 'envoy'),
      recipe('data', 'addons', 'go'),
      recipe('workstation'),
    ].map((each) => plannedImage(each, ready.includes(each.name)));
  const missingNames = (images: ReturnType<typeof plan>): string[] =>
    images.filter(({ isReady }) => !isReady).map((image) => image.recipe.name);

  it('starts with the longest part that is built, or else with its first link', () => {
    expect(neededToStart(plan('addons'), { chain }).link).toBe(addons);
    expect(neededToStart(plan(), { chain }).link).toBe(core);
    expect(neededToStart(plan(), { chain, isForAll: true }).link).toBe(data);
  });

  it('starts with a link whose node image is pulled rather than building the first', () => {
    const pulled = [
      ...[recipe('go'), recipe('core', 'go')].map((each) => plannedImage(each, false)),
      { ...plannedImage(recipe('node', 'go'), false), isPulled: true },
      ...[recipe('addons', 'node'), recipe('data', 'addons', 'python')].map((each) =>
        plannedImage(each, false),
      ),
      plannedImage(recipe('python'), false),
    ];
    expect(neededToStart(pulled, { chain }).link).toBe(addons);
  });

  it('adds up what its links add', () => {
    expect(nodeImagesOf(addons, chain)).toEqual(['web', 'metrics-server', 'envoy']);
  });

  it('lists the links that are missing', () => {
    expect(missingLinks({ holds: ['web'] }, chain)).toEqual([addons, data]);
    expect(missingLinks({ holds: ['web', 'metrics-server', 'envoy'] }, chain)).toEqual([data]);
    expect(missingLinks({ holds: nodeImagesOf(data, chain) }, chain)).toEqual([]);
  });

  it('gives each link what those before it have not built', () => {
    const parts = splitByLink(plan('go', 'core'), [addons, data]);
    expect(parts.map(({ plan: part }) => missingNames(part))).toEqual([
      ['envoy', 'addons'],
      ['data'],
    ]);
  });
});
