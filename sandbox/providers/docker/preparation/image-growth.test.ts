import { describe, expect, it, vi } from 'vitest';
import {
  facts,
  plannedImage,
  planOf,
  startPreparation,
} from '../../../../tests/support/fake-preparation.ts';
import { LabError } from '../../../errors.ts';
import type { Recipe } from '../../../images/build/recipe.ts';
import type { ensureImages } from '../../../images/ensure-images.ts';

describe('growth', () => {
  const planImages = async () => Promise.resolve(planOf(['cluster-data']));

  it('does not delay the first sessions, and new sandboxes use what it builds', async () => {
    const built = Promise.withResolvers<undefined>();
    const { preparation, createProvider } = startPreparation({
      planImages,
      ensureImages: async ({ listener }, plan) => {
        const { recipe } = plan.find(({ isReady }) => !isReady)!;
        listener.onRecipe(recipe, 'running');
        await built.promise;
        listener.onRecipe(recipe, 'done');
        return new Map();
      },
    });
    await preparation.provider;
    const images = createProvider.mock.calls[0]![0].images;
    expect(images()).toMatchObject({ node: 'kindlab/cluster:1' });
    expect(images().holds).toContain('web');
    expect(images().holds).not.toContain('data');
    expect(preparation.status().state).toBe('ready');
    await vi.waitFor(() =>
      expect(preparation.status().growth).toMatchObject({
        state: 'building',
        images: ['data', 'spark'],
        message: expect.stringContaining('Building: ') as string,
      }),
    );
    built.resolve(undefined);
    await preparation.settled();
    expect(images()).toMatchObject({ node: 'kindlab/cluster-data:1' });
    expect(preparation.status().growth).toBeUndefined();
  });

  it('builds nothing that would fill the disk under running sessions', async () => {
    const ensure = vi.fn();
    const readHost = () => ({ ...facts, diskFree: 5e9 });
    const { preparation, stop } = startPreparation({ planImages, ensureImages: ensure, readHost });
    await preparation.provider;
    await vi.waitFor(() =>
      expect(preparation.status().growth).toMatchObject({ code: 'LAB_DISK_FULL' }),
    );
    expect(ensure).not.toHaveBeenCalled();
    stop.abort();
    await preparation.settled();
  });

  it('makes the status look at the engine after a failed build', async () => {
    const ping = vi.fn(async () => Promise.resolve());
    const ensureImages = async () => Promise.reject(new Error('the connection broke'));
    const { preparation, stop } = startPreparation({ planImages, ensureImages, ping });
    await preparation.provider;
    await vi.waitFor(() => expect(ping).toHaveBeenCalled());
    expect(preparation.status().growth).toMatchObject({ state: 'failed' });
    stop.abort();
    await preparation.settled();
  });

  it('leaves the server ready when it fails, and says why', async () => {
    const failure = new LabError('LAB_IMAGE_BUILD_FAILED', 'Spark: no such package');
    const { preparation, createProvider, stop } = startPreparation({
      planImages,
      ensureImages: async () => Promise.reject(failure),
    });
    await preparation.provider;
    await vi.waitFor(() =>
      expect(preparation.status().growth).toMatchObject({
        state: 'failed',
        code: 'LAB_IMAGE_BUILD_FAILED',
        message: 'Spark: no such package',
      }),
    );
    expect(preparation.status().state).toBe('ready');
    expect(createProvider.mock.calls[0]![0].images().holds).not.toContain('data');
    stop.abort();
    await preparation.settled();
  });
});

describe('growth along a chain of three images', () => {
  const recipe = (name: string, seconds: number, ...parents: string[]): Recipe =>
    ({ name, title: name, seconds, parents }) as unknown as Recipe;
  const images = [
    recipe('core', 10),
    recipe('addons', 60, 'core'),
    recipe('data', 300, 'addons'),
    recipe('workstation', 10),
  ];
  const chain = [
    { recipe: 'core', adds: ['web'] },
    { recipe: 'addons', adds: ['metrics-server'] },
    { recipe: 'data', adds: ['data', 'spark'] },
  ] as const;

  /** Builds that wait until the test lets each of them pass or fail. */
  function start(growthRetryMs = 60_000) {
    const tags = new Set(['core', 'workstation']);
    const gates = new Map<string, PromiseWithResolvers<undefined>>();
    const gate = (name: string): PromiseWithResolvers<undefined> => {
      const known = gates.get(name) ?? Promise.withResolvers<undefined>();
      gates.set(name, known);
      return known;
    };
    const builds: string[] = [];
    const ensure: typeof ensureImages = async ({ listener }, plan) => {
      for (const { recipe: each, isReady } of plan) {
        if (isReady) continue;
        builds.push(each.name);
        listener.onRecipe(each, 'running');
        await gate(each.name).promise.finally(() => gates.delete(each.name));
        tags.add(each.name);
        listener.onRecipe(each, 'done');
      }
      return new Map();
    };
    const { preparation, createProvider, stop } = startPreparation(
      {
        planImages: async () =>
          Promise.resolve(images.map((each) => plannedImage(each, tags.has(each.name)))),
        ensureImages: ensure,
        growthRetryMs,
      },
      { chain },
    );
    const used = () => createProvider.mock.calls[0]![0].images();
    return { preparation, used, gate, builds, stop };
  }

  it('goes link by link: sandboxes use each link while the next is built', async () => {
    const { preparation, used, gate, builds } = start();
    await preparation.provider;
    await vi.waitFor(() => expect(builds).toEqual(['addons']));
    expect(used()).toMatchObject({ node: 'kindlab/core:1', holds: ['web'] });
    expect(preparation.status().growth).toMatchObject({
      state: 'building',
      message: 'Building: addons.',
      images: ['metrics-server', 'data', 'spark'],
      remainingSeconds: 360,
      chain: [
        { id: 'addons', images: ['metrics-server'], remainingSeconds: 60 },
        { id: 'data', images: ['data', 'spark'], remainingSeconds: 360 },
      ],
    });
    gate('addons').resolve(undefined);
    await vi.waitFor(() => expect(builds).toEqual(['addons', 'data']));
    expect(used()).toMatchObject({
      node: 'kindlab/addons:1',
      workstation: 'kindlab/workstation:1',
      holds: ['web', 'metrics-server'],
    });
    expect(preparation.status().growth).toMatchObject({
      message: 'Building: data.',
      images: ['data', 'spark'],
      chain: [{ id: 'data', remainingSeconds: expect.any(Number) as number }],
    });
    gate('data').resolve(undefined);
    await preparation.settled();
    expect(used()).toMatchObject({
      node: 'kindlab/data:1',
      holds: ['web', 'metrics-server', 'data', 'spark'],
    });
    expect(preparation.status().growth).toBeUndefined();
  });

  it('retries the link that failed and keeps those before it', async () => {
    const { preparation, used, gate, builds } = start(50);
    await preparation.provider;
    await vi.waitFor(() => expect(builds).toEqual(['addons']));
    gate('addons').resolve(undefined);
    await vi.waitFor(() => expect(builds).toEqual(['addons', 'data']));
    gate('data').reject(new LabError('LAB_IMAGE_BUILD_FAILED', 'data: no network'));
    await vi.waitFor(() =>
      expect(preparation.status().growth).toMatchObject({
        state: 'failed',
        message: 'data: no network',
        images: ['data', 'spark'],
      }),
    );
    expect(used().node).toBe('kindlab/addons:1');
    await vi.waitFor(() => expect(builds).toEqual(['addons', 'data', 'data']));
    expect(preparation.status().growth?.state).toBe('building');
    gate('data').resolve(undefined);
    await preparation.settled();
    expect(used().node).toBe('kindlab/data:1');
  });
});
