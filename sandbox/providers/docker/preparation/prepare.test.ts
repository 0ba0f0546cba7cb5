import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { nodeImageSchema } from '../../../../src/protocol/lab.ts';
import {
  absent,
  facts,
  found,
  planOf,
  provider,
  sandboxImages,
  startPreparation,
} from '../../../../tests/support/fake-preparation.ts';
import { LabError } from '../../../errors.ts';
import { recipes } from '../../../images/recipes.ts';
import type { EngineSearch } from './find-engine.ts';

describe('prepare', () => {
  it('builds nothing when all images are ready, closes the host, and creates the provider', async () => {
    const ensureImages = vi.fn();
    const closeHost = vi.fn(async () => Promise.resolve());
    const { preparation, createProvider } = startPreparation({ ensureImages, closeHost });
    expect(await preparation.provider).toBe(provider);
    expect(ensureImages).not.toHaveBeenCalled();
    expect(closeHost).toHaveBeenCalledWith(
      found.engine,
      expect.objectContaining({ install: 'abcd1234', image: 'kindlab/cluster-data:1' }),
    );
    expect(createProvider.mock.calls[0]?.[0].images()).toEqual({
      node: 'kindlab/cluster-data:1',
      workstation: 'kindlab/workstation:1',
      holds: expect.arrayContaining(nodeImageSchema.options) as string[],
    });
    await preparation.settled();
    expect(ensureImages).not.toHaveBeenCalled();
    expect(preparation.status()).toMatchObject({ state: 'ready', progress: 1 });
    expect(preparation.status().growth).toBeUndefined();
  });

  it('has a stage for each missing image, and says what it builds', async () => {
    const messages = new Set<string>();
    const core = ['node-core', 'cluster-core'];
    const more = ['node-root-addons', 'node', 'cluster', 'cluster-data'];
    const { preparation } = startPreparation({
      planImages: async () => Promise.resolve(planOf([...core, ...more])),
      ensureImages: async ({ listener }, plan) => {
        for (const { recipe, isReady } of plan) {
          listener.onRecipe(recipe, isReady ? 'found' : 'running');
          messages.add(preparation.status().message);
          if (!isReady) listener.onRecipe(recipe, 'done');
        }
        return Promise.resolve(new Map());
      },
    });
    await preparation.provider;
    expect(preparation.status().stages.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'engine done',
      'host done',
      'image-node-core done',
      'image-cluster-core done',
      'firewall done',
    ]);
    expect([...messages].join()).toMatch(
      /Building: Node image\..*Building: Template of a cluster\./,
    );
  });

  it('installs an engine when there is none', async () => {
    const findEngine = vi
      .fn(async () => Promise.resolve(found))
      .mockResolvedValueOnce(absent as never);
    let remaining: number | undefined;
    const installEngine = vi.fn(async () => {
      remaining = preparation.status().remainingSeconds;
      return Promise.resolve();
    });
    const measureCpuPace = async () => Promise.resolve(3);
    const { preparation } = startPreparation({ findEngine, installEngine, measureCpuPace });
    expect(preparation.status()).not.toHaveProperty('remainingSeconds');
    await preparation.provider;
    expect(installEngine).toHaveBeenCalledOnce();
    // A new engine has no images: all of them have to be built, at the pace of this machine.
    const onReference = recipes.find(({ name }) => name === 'kubernetes')?.seconds ?? 0;
    expect(remaining).toBeGreaterThan(3 * onReference);
  });

  it('waits for an engine that it may not install, and continues when one appears', async () => {
    let search: EngineSearch = absent;
    const { preparation } = startPreparation(
      { findEngine: async () => Promise.resolve(search) },
      { installEngine: false },
    );
    await vi.waitFor(() =>
      expect(preparation.status()).toMatchObject({
        state: 'unavailable',
        code: 'LAB_ENGINE_MISSING',
        stage: 'engine',
      }),
    );
    search = found;
    expect(await preparation.provider).toBe(provider);
    expect(preparation.status().state).toBe('ready');
  });

  it('does not install beside an engine of another kind', async () => {
    const installEngine = vi.fn();
    const problem = new LabError('LAB_ENGINE_UNSUPPORTED', 'This machine has a Podman.');
    const findEngine = async (): Promise<EngineSearch> =>
      Promise.resolve({ state: 'absent', problem });
    const { preparation } = startPreparation({ findEngine, installEngine });
    await vi.waitFor(() => expect(preparation.status().message).toContain('Podman'));
    expect(installEngine).not.toHaveBeenCalled();
  });

  it('rejects a machine with too little disk before it builds', async () => {
    const ensureImages = vi.fn();
    const { preparation } = startPreparation({
      readHost: () => ({ ...facts, diskFree: 5e9 }),
      planImages: async () => Promise.resolve(planOf(['node', ...sandboxImages])),
      ensureImages,
    });
    await expect(preparation.provider).rejects.toMatchObject({ code: 'LAB_HOST_UNFIT' });
    expect(ensureImages).not.toHaveBeenCalled();
    expect(preparation.status()).toMatchObject({ state: 'unavailable', stage: 'host' });
  });

  it('also notes what limits the number of sessions', async () => {
    const { preparation } = startPreparation({
      readHost: () => ({ ...facts, inotifyInstances: 128 }),
      planImages: async () => Promise.resolve(planOf([])),
    });
    await preparation.provider;
    const [note] = preparation.status().notes;
    expect(note?.detail).toContain('enough for 2 sandboxes');
    expect(note?.fix).toContain('sudo sysctl');
  });

  it('fails with the code and the message of a failed build', async () => {
    const failure = new LabError('LAB_IMAGE_BUILD_FAILED', 'Node image: no such file');
    const { preparation } = startPreparation({
      planImages: async () => Promise.resolve(planOf(['workstation'])),
      ensureImages: async ({ listener }, plan) => {
        listener.onRecipe(plan.find((image) => !image.isReady)!.recipe, 'running');
        return Promise.reject(failure);
      },
    });
    await expect(preparation.provider).rejects.toBe(failure);
    expect(preparation.status()).toMatchObject({
      state: 'unavailable',
      stage: 'image-workstation',
      code: 'LAB_IMAGE_BUILD_FAILED',
      message: 'Node image: no such file',
      hint: failure.hint,
    });
  });

  it('stops on its signal, also while it waits for an engine', async () => {
    const { preparation, stop } = startPreparation(
      { findEngine: async () => Promise.resolve(absent), retryMs: 60_000 },
      { installEngine: false },
    );
    await vi.waitFor(() => expect(preparation.status().state).toBe('unavailable'));
    stop.abort();
    await expect(preparation.provider).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is unavailable while the engine does not answer, and ready again when it does', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const problem = new LabError('LAB_ENGINE_UNREACHABLE', 'The container engine does not answer.');
    const ping = vi.fn(async () => Promise.resolve());
    const { preparation } = startPreparation({ ping });
    await preparation.provider;
    ping.mockRejectedValue(problem);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(preparation.status()).toMatchObject({
      state: 'unavailable',
      code: 'LAB_ENGINE_UNREACHABLE',
      message: 'The container engine does not answer.',
      hint: problem.hint,
    });
    ping.mockResolvedValue();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(preparation.status()).toMatchObject({ state: 'ready', progress: 1 });
    expect(preparation.status()).not.toHaveProperty('code');
  });

  it('builds missing images at once when the engine answers again', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const problem = new LabError('LAB_ENGINE_UNREACHABLE', 'The container engine does not answer.');
    const ping = vi.fn(async () => Promise.reject(problem));
    const ensureImages = vi.fn(async () => Promise.reject(problem));
    const { preparation } = startPreparation({
      ping,
      ensureImages,
      planImages: async () => Promise.resolve(planOf(['cluster-data'])),
    });
    await preparation.provider;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(preparation.status()).toMatchObject({
      state: 'unavailable',
      growth: { state: 'failed' },
    });
    expect(ensureImages).toHaveBeenCalledOnce();
    ping.mockResolvedValue(undefined as never);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ensureImages).toHaveBeenCalledTimes(2);
  });
});
