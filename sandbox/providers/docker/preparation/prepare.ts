import { setTimeout as delay } from 'node:timers/promises';
import { closeHost } from '../firewall.ts';
import { type LabErrorCode, toLabError } from '../../../errors.ts';
import type { SandboxProvider } from '../../../provider.ts';
import { ImageGrowth, type ReadyEngine } from './image-growth.ts';
import type { Preparation } from '../../../preparation/preparation.ts';
import {
  namesAll,
  prepareImages,
  type PrepareImagesOptions,
  realDependencies,
} from './prepare-images.ts';
import { Stages } from '../../../preparation/stages.ts';

const RETRY_MS = 60_000;
const FIREWALL = { id: 'firewall', title: 'Firewall around the sandboxes', expectedSeconds: 2 };
/** Somebody may start or install an engine while the server runs. */
const ENGINE_CODES = new Set<LabErrorCode>([
  'LAB_ENGINE_MISSING',
  'LAB_ENGINE_UNREACHABLE',
  'LAB_ENGINE_UNSUPPORTED',
]);

export interface PrepareOptions extends Omit<PrepareImagesOptions, 'stages' | 'dependencies'> {
  /** Whose sandboxes the firewall closes in. */
  install: string;
  /** Resolves when sessions can start. */
  createProvider: (found: ReadyEngine) => Promise<SandboxProvider>;
  /** Replaced in tests. */
  dependencies?: PrepareDependencies;
}

export type PrepareDependencies = typeof realDependencies & { closeHost: typeof closeHost; retryMs: number };

/**
 * Begins to prepare the sandbox, in the background. While it is unavailable because of the engine, it looks for one every minute. When it is ready, the images
 * that only some labs need are made. After `signal` the preparation's `provider` rejects once all that was begun is undone: wait for it, and for `settled`, before you exit.
 */
export function prepare(options: PrepareOptions): Preparation {
  const stages = new Stages();
  const growth = new ImageGrowth(options);
  const provider = keepTrying(options, stages, growth);
  // Whoever cares waits for it; status() tells everybody else.
  provider.catch(() => undefined);
  return {
    status: () => ({ ...stages.status(), ...growth.status() }),
    onChange: (listener) => stages.onChange(listener),
    provider,
    settled: async () => {
      await provider.catch(() => undefined);
      await growth.work;
    },
  };
}

async function keepTrying(
  options: PrepareOptions,
  stages: Stages,
  growth: ImageGrowth,
): Promise<SandboxProvider> {
  const { signal, log, dependencies = { ...realDependencies, closeHost, retryMs: RETRY_MS } } = options;
  for (;;) {
    try {
      const prepared = await prepareImages({ ...options, stages, dependencies, after: [FIREWALL] });
      const { engine, info } = prepared;
      let { images } = prepared;
      stages.start('firewall', 'Closing the host to the sandboxes.');
      await dependencies.closeHost(engine, { install: options.install, image: images.node, signal });
      stages.done('firewall');
      const found = { engine, info, images: () => images };
      const provider = await options.createProvider(found);
      stages.ready('The sandbox is ready.');
      growth.begin(found, (more) => (images = more));
      return provider;
    } catch (error) {
      signal.throwIfAborted();
      const problem = toLabError(error, 'LAB_SANDBOX_UNAVAILABLE');
      stages.fail(problem);
      log.error({ code: problem.code, hint: problem.hint }, problem.message);
      if (!ENGINE_CODES.has(problem.code)) throw problem;
      await untilEngine(options, dependencies);
    }
  }
}

async function untilEngine({ config, signal }: PrepareOptions, dependencies: PrepareDependencies): Promise<void> {
  for (;;) {
    await delay(dependencies.retryMs, undefined, { signal });
    const search = await dependencies.findEngine({ hasReadyImages: namesAll(config.readyImages) });
    if (search.state === 'found') return;
  }
}
