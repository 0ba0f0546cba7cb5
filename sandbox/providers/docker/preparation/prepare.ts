import { delay } from '../../../../src/async.ts';
import { type LabErrorCode, toLabError } from '../../../errors.ts';
import type { Preparation } from '../../../preparation/preparation.ts';
import { Stages } from '../../../preparation/stages.ts';
import type { SandboxProvider } from '../../../provider.ts';
import type { Engine } from '../engine/engine.ts';
import { closeHost } from '../firewall.ts';
import { EngineWatch, reportsUnreachable } from './engine-watch.ts';
import { ImageGrowth, type ReadyEngine } from './image-growth.ts';
import { namesAll } from './obtain-engine.ts';
import { prepareImages, type PrepareImagesOptions, realDependencies } from './prepare-images.ts';

const READY = 'The sandbox is ready.';
const RETRY_MS = 60_000;
const GROWTH_RETRY_MS = 10 * 60_000;
const FIREWALL = { id: 'firewall', title: 'Firewall around the sandboxes', expectedSeconds: 2 };
/** The operator may start or install an engine while the server runs. */
const ENGINE_CODES = new Set<LabErrorCode>([
  'LAB_ENGINE_MISSING',
  'LAB_ENGINE_UNREACHABLE',
  'LAB_ENGINE_UNSUPPORTED',
]);

export interface PrepareOptions extends Omit<PrepareImagesOptions, 'stages' | 'dependencies'> {
  /** The install whose sandboxes the firewall closes in. */
  install: string;
  /** Resolves when sessions can start. */
  createProvider: (ready: ReadyEngine) => Promise<SandboxProvider>;
  /** Replaced in tests. */
  dependencies?: PrepareDependencies;
}

const allDependencies = {
  ...realDependencies,
  closeHost,
  ping: async (engine: Engine, signal: AbortSignal) => engine.ping(signal),
  retryMs: RETRY_MS,
  growthRetryMs: GROWTH_RETRY_MS,
};
export type PrepareDependencies = typeof allDependencies;

/**
 * Starts preparing the sandbox, in the background. While the engine is missing, it looks for one
 * every minute. When the sandbox is ready, it builds the images that only some labs need, and its
 * status follows the engine: unavailable while that does not answer. After `signal` the
 * preparation's `provider` rejects once everything that was started is undone: await it, and
 * `settled`, before you exit.
 */
export function prepare(options: PrepareOptions): Preparation {
  const { dependencies = allDependencies } = options;
  const stages = new Stages();
  const growth = new ImageGrowth({ ...options, dependencies });
  const provider = keepTrying({ ...options, dependencies }, stages, growth);
  // Callers that need the provider await it; all others read status().
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

type RequiredOptions = PrepareOptions & { dependencies: PrepareDependencies };

async function keepTrying(
  options: RequiredOptions,
  stages: Stages,
  growth: ImageGrowth,
): Promise<SandboxProvider> {
  const { signal, log, dependencies } = options;
  for (;;) {
    try {
      const prepared = await prepareImages({ ...options, stages, after: [FIREWALL] });
      const { engine, info } = prepared;
      let { images } = prepared;
      stages.start(FIREWALL.id, 'Closing the host to the sandboxes.');
      await dependencies.closeHost(engine, {
        install: options.install,
        image: images.node,
        signal,
      });
      stages.done(FIREWALL.id);
      const watch = watchEngine(options, engine, stages, growth);
      const ready: ReadyEngine = {
        engine,
        info,
        images: () => images,
        watched: (provider) => reportsUnreachable(provider, () => void watch.look()),
      };
      const provider = await options.createProvider(ready);
      stages.ready(READY);
      watch.start();
      growth.start(
        ready,
        (more) => (images = more),
        () => void watch.look(),
      );
      return provider;
    } catch (error) {
      signal.throwIfAborted();
      const problem = toLabError(error, 'LAB_SANDBOX_UNAVAILABLE');
      stages.fail(problem);
      log.error({ code: problem.code, hint: problem.hint }, problem.message);
      if (!ENGINE_CODES.has(problem.code)) throw problem;
      await untilEngine(options);
    }
  }
}

/** From now on the status says whether the engine answers. */
function watchEngine(
  { log, signal, dependencies }: RequiredOptions,
  engine: Engine,
  stages: Stages,
  growth: ImageGrowth,
): EngineWatch {
  return new EngineWatch({
    ping: async (limit) => dependencies.ping(engine, limit),
    isBuilding: () => growth.isBuilding,
    onLost: (problem) => {
      log.error({ code: problem.code, hint: problem.hint }, problem.message);
      stages.fail(problem);
    },
    onBack: () => {
      log.info('the container engine answers again');
      stages.ready(READY);
      growth.retryNow();
    },
    signal,
  });
}

async function untilEngine({ config, signal, dependencies }: RequiredOptions): Promise<void> {
  for (;;) {
    await delay(dependencies.retryMs, signal);
    const hasReadyImages = namesAll(config.readyImages);
    const search = await dependencies.findEngine({ hasReadyImages });
    if (search.state === 'found') return;
  }
}
