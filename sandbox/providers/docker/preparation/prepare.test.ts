import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Engine, type EngineInfo } from '../engine/engine.ts';
import { LabError } from '../../../errors.ts';
import type { PlannedImage } from '../../../images/ensure-images.ts';
import { recipes } from '../../../images/recipes.ts';
import type { SandboxProvider } from '../../../provider.ts';
import { createLog } from '../../../telemetry/log.ts';
import type { EngineSearch } from './find-engine.ts';
import type { ReadyEngine } from './image-growth.ts';
import type { HostFacts } from './host-checks.ts';
import { prepare, type PrepareDependencies } from './prepare.ts';
import { neededEventually } from './prepare-images.ts';

const info = { version: '28.5.1', rootDir: '/var/lib/docker', cgroupVersion: 2 } as EngineInfo;
const found = {
  state: 'found',
  address: { host: 'unix:///var/run/docker.sock', chosenBy: 'default' },
  engine: new Engine(),
  info,
} satisfies EngineSearch;
const absent = {
  state: 'absent',
  problem: new LabError('LAB_ENGINE_MISSING', 'No container engine answers on this machine.'),
} satisfies EngineSearch;
const facts: HostFacts = {
  memoryAvailable: 8e9,
  memoryTotal: 16e9,
  now: new Date('2027-01-01T00:00:00Z'),
  cpus: 2,
  diskFree: 50e9,
  engineRoot: '/var/lib/docker',
  cgroupVersion: 2,
  inotifyInstances: 8192,
  inotifyWatches: 1_048_576,
  kernel: undefined,
};
const provider = {} as SandboxProvider;

const all = ['cluster', 'cluster-data', 'workstation'];

function planOf(missing: readonly string[]): PlannedImage[] {
  return recipes
    .filter(({ name }) => [...all, ...missing].includes(name))
    .map((recipe) => ({
      recipe,
      tag: `kindlab/${recipe.name}:1`,
      isReady: !missing.includes(recipe.name),
      isPulled: false,
    }));
}

function begin(dependencies: Partial<PrepareDependencies>, installEngine = true) {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
    rmSync(home, { recursive: true });
  });
  const createProvider = vi.fn<(found: ReadyEngine) => Promise<SandboxProvider>>(async () =>
    Promise.resolve(provider),
  );
  const preparation = prepare({
    config: { home, installEngine, readyImages: new Map() },
    install: 'abcd1234',
    log: createLog('silent'),
    signal: stop.signal,
    createProvider,
    dependencies: {
      findEngine: async () => Promise.resolve(found),
      readMachine: () => ({
        isRoot: true,
        user: 'root',
        arch: 'x64',
        isDebianOrUbuntu: true,
        hasDaemon: false,
        hasSystemd: true,
      }),
      installEngine: async () => Promise.resolve(),
      readHost: () => facts,
      raiseInotify: () => [],
      planImages: async () => Promise.resolve(planOf([])),
      ensureImages: async () => Promise.resolve(new Map()),
      closeHost: async () => Promise.resolve(),
      retryMs: 1,
      ...dependencies,
    },
  });
  return { preparation, createProvider, stop };
}

describe('prepare', () => {
  it('touches no image when all are there, closes the host, and makes the provider', async () => {
    const ensureImages = vi.fn();
    const closeHost = vi.fn(async () => Promise.resolve());
    const { preparation, createProvider } = begin({ ensureImages, closeHost });
    expect(await preparation.provider).toBe(provider);
    expect(ensureImages).not.toHaveBeenCalled();
    expect(closeHost).toHaveBeenCalledWith(
      found.engine,
      expect.objectContaining({ install: 'abcd1234', image: 'kindlab/cluster-data:1' }),
    );
    expect(createProvider.mock.calls[0]?.[0].images()).toEqual({
      node: 'kindlab/cluster-data:1',
      workstation: 'kindlab/workstation:1',
      holds: ['web', 'data', 'spark'],
    });
    await preparation.settled();
    expect(ensureImages).not.toHaveBeenCalled();
    expect(preparation.status()).toMatchObject({ state: 'ready', progress: 1 });
    expect(preparation.status().growth).toBeUndefined();
  });

  it('has a stage for each image that lacks, and says what it builds', async () => {
    const messages = new Set<string>();
    const { preparation } = begin({
      planImages: async () => Promise.resolve(planOf(['node', 'cluster', 'cluster-data'])),
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
      'image-node done',
      'image-cluster done',
      'firewall done',
    ]);
    expect([...messages].join()).toMatch(
      /Building: Node image\..*Building: Template of a cluster\./,
    );
  });

  it('installs an engine where there is none', async () => {
    const findEngine = vi
      .fn(async () => Promise.resolve(found))
      .mockResolvedValueOnce(absent as never);
    const installEngine = vi.fn(async () => Promise.resolve());
    const { preparation } = begin({ findEngine, installEngine });
    await preparation.provider;
    expect(installEngine).toHaveBeenCalledOnce();
  });

  it('waits for an engine that it may not install, and goes on when one appears', async () => {
    let search: EngineSearch = absent;
    const { preparation } = begin({ findEngine: async () => Promise.resolve(search) }, false);
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
    const { preparation } = begin({ findEngine, installEngine });
    await vi.waitFor(() => expect(preparation.status().message).toContain('Podman'));
    expect(installEngine).not.toHaveBeenCalled();
  });

  it('refuses a machine without room before it builds', async () => {
    const ensureImages = vi.fn();
    const { preparation } = begin({
      readHost: () => ({ ...facts, diskFree: 5e9 }),
      planImages: async () => Promise.resolve(planOf(['node', ...all])),
      ensureImages,
    });
    await expect(preparation.provider).rejects.toMatchObject({ code: 'LAB_HOST_UNFIT' });
    expect(ensureImages).not.toHaveBeenCalled();
    expect(preparation.status()).toMatchObject({ state: 'unavailable', stage: 'host' });
  });

  it('says also what only makes sessions few', async () => {
    const { preparation } = begin({
      readHost: () => ({ ...facts, inotifyInstances: 128 }),
      planImages: async () => Promise.resolve(planOf([])),
    });
    await preparation.provider;
    const [note] = preparation.status().notes;
    expect(note?.detail).toContain('enough for 2 sandboxes');
    expect(note?.fix).toContain('sudo sysctl');
  });

  it('ends with the code and the line of a build that failed', async () => {
    const failure = new LabError('LAB_IMAGE_BUILD_FAILED', 'Node image: no such file');
    const { preparation } = begin({
      planImages: async () => Promise.resolve(planOf(['node', ...all])),
      ensureImages: async ({ listener }, plan) => {
        listener.onRecipe(plan[0]!.recipe, 'running');
        return Promise.reject(failure);
      },
    });
    await expect(preparation.provider).rejects.toBe(failure);
    expect(preparation.status()).toMatchObject({
      state: 'unavailable',
      stage: 'image-node',
      code: 'LAB_IMAGE_BUILD_FAILED',
      message: 'Node image: no such file',
      hint: failure.hint,
    });
  });

  it('stops when told to, also while it waits for an engine', async () => {
    const { preparation, stop } = begin(
      { findEngine: async () => Promise.resolve(absent), retryMs: 60_000 },
      false,
    );
    await vi.waitFor(() => expect(preparation.status().state).toBe('unavailable'));
    stop.abort();
    await expect(preparation.provider).rejects.toMatchObject({ name: 'AbortError' });
  });

  describe('when images lack that only some labs need', () => {
    const planImages = async () => Promise.resolve(planOf(['cluster-data']));

    it('is ready with what there is, makes them, and then uses them', async () => {
      const made = Promise.withResolvers<undefined>();
      const { preparation, createProvider } = begin({
        planImages,
        ensureImages: async ({ listener }, plan) => {
          const { recipe } = plan.find(({ isReady }) => !isReady)!;
          listener.onRecipe(recipe, 'running');
          await made.promise;
          listener.onRecipe(recipe, 'done');
          return new Map();
        },
      });
      await preparation.provider;
      const images = createProvider.mock.calls[0]![0].images;
      expect(images()).toMatchObject({ node: 'kindlab/cluster:1', holds: ['web'] });
      expect(preparation.status().state).toBe('ready');
      await vi.waitFor(() =>
        expect(preparation.status().growth).toMatchObject({
          state: 'building',
          images: ['data', 'spark'],
          message: expect.stringContaining('Building: ') as string,
        }),
      );
      made.resolve(undefined);
      await preparation.settled();
      expect(images()).toMatchObject({ node: 'kindlab/cluster-data:1' });
      expect(preparation.status().growth).toBeUndefined();
    });

    it('begins nothing that fills the disk under sessions that run', async () => {
      const ensureImages = vi.fn();
      const readHost = () => ({ ...facts, diskFree: 5e9 });
      const { preparation, stop } = begin({ planImages, ensureImages, readHost });
      await preparation.provider;
      await vi.waitFor(() =>
        expect(preparation.status().growth).toMatchObject({ code: 'LAB_DISK_FULL' }),
      );
      expect(ensureImages).not.toHaveBeenCalled();
      stop.abort();
      await preparation.settled();
    });

    it('stays ready without them when that fails, and says why', async () => {
      const failure = new LabError('LAB_IMAGE_BUILD_FAILED', 'Spark: no such package');
      const { preparation, createProvider, stop } = begin({
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
      expect(createProvider.mock.calls[0]![0].images().holds).toEqual(['web']);
      stop.abort();
      await preparation.settled();
    });
  });
});

describe('what is ever needed', () => {
  const lacking = (present: readonly string[]): string[] =>
    neededEventually(planOf(recipes.map(({ name }) => name).filter((name) => !present.includes(name))))
      .filter(({ isReady }) => !isReady)
      .map(({ recipe }) => recipe.name);

  it('is nothing more where the last images are there, whatever became of those they were built from', () => {
    expect(lacking(['cluster-data', 'workstation'])).toEqual([]);
  });

  it('includes what the server makes beside the first sessions', () => {
    expect(lacking(['cluster', 'workstation'])).toContain('cluster-data');
    expect(lacking(['cluster', 'workstation'])).not.toContain('kubernetes');
  });
});
