import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { LabError } from '../../sandbox/errors.ts';
import type { Recipe } from '../../sandbox/images/build/recipe.ts';
import type { PlannedImage } from '../../sandbox/images/ensure-images.ts';
import { recipes } from '../../sandbox/images/recipes.ts';
import type { Preparation } from '../../sandbox/preparation/preparation.ts';
import type { SandboxProvider } from '../../sandbox/provider.ts';
import { Engine, type EngineInfo } from '../../sandbox/providers/docker/engine/engine.ts';
import type { EngineSearch } from '../../sandbox/providers/docker/preparation/find-engine.ts';
import type { HostFacts } from '../../sandbox/providers/docker/preparation/host-checks.ts';
import type { ReadyEngine } from '../../sandbox/providers/docker/preparation/image-growth.ts';
import {
  prepare,
  type PrepareDependencies,
  type PrepareOptions,
} from '../../sandbox/providers/docker/preparation/prepare.ts';
import { createLog } from '../../sandbox/telemetry/log.ts';

const info = { version: '28.5.1', rootDir: '/var/lib/docker', cgroupVersion: 2 } as EngineInfo;

export const found = {
  state: 'found',
  address: { host: 'unix:///var/run/docker.sock', chosenBy: 'default' },
  engine: new Engine(),
  info,
} satisfies EngineSearch;

export const absent = {
  state: 'absent',
  problem: new LabError('LAB_ENGINE_MISSING', 'No container engine answers on this machine.'),
} satisfies EngineSearch;

export const facts: HostFacts = {
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

export const provider = {} as SandboxProvider;

/** The recipes of the images that sandboxes start from. */
export const sandboxImages = ['cluster', 'cluster-data', 'workstation'];

/** A plan of the real recipes in which these are missing. */
export function planOf(missing: readonly string[]): PlannedImage[] {
  return recipes
    .filter(({ name }) => [...sandboxImages, ...missing].includes(name))
    .map((recipe) => plannedImage(recipe, !missing.includes(recipe.name)));
}

export function plannedImage(recipe: Recipe, isReady: boolean): PlannedImage {
  return { recipe, tag: `kindlab/${recipe.name}:1`, isReady, isPulled: false };
}

/** A preparation on a machine where all is well, except for what the test replaces. */
export function startPreparation(
  dependencies: Partial<PrepareDependencies>,
  options: Pick<PrepareOptions, 'chain'> & { installEngine?: boolean } = {},
): {
  preparation: Preparation;
  createProvider: ReturnType<typeof vi.fn<(ready: ReadyEngine) => Promise<SandboxProvider>>>;
  stop: AbortController;
} {
  const { installEngine = true, ...more } = options;
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
    rmSync(home, { recursive: true });
  });
  const createProvider = vi.fn<(ready: ReadyEngine) => Promise<SandboxProvider>>(async () =>
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
      measureCpuPace: async () => Promise.resolve(1),
      planImages: async () => Promise.resolve(planOf([])),
      ensureImages: async () => Promise.resolve(new Map()),
      closeHost: async () => Promise.resolve(),
      ping: async () => Promise.resolve(),
      retryMs: 1,
      growthRetryMs: 60_000,
      ...dependencies,
    },
    ...more,
  });
  return { preparation, createProvider, stop };
}
