import { setTimeout as delay } from 'node:timers/promises';
import { closeHost } from '../firewall.ts';
import { type LabErrorCode, toLabError } from '../../../errors.ts';
import type { SandboxProvider } from '../../../provider.ts';
import { type Found, Growing } from './growing.ts';
import type { Preparation } from '../../../preparation/preparation.ts';
import { namesAll, prepareImages, type PrepareImagesOptions, realParts } from './prepare-images.ts';
import { Stages } from '../../../preparation/stages.ts';

const RETRY_MS = 60_000;
const FIREWALL = { id: 'firewall', title: 'Firewall around the sandboxes', expectedSeconds: 2 };
/** Somebody may start or install an engine while the server runs. */
const ENGINE_CODES = new Set<LabErrorCode>([
  'LAB_ENGINE_MISSING',
  'LAB_ENGINE_UNREACHABLE',
  'LAB_ENGINE_UNSUPPORTED',
]);

export interface PrepareOptions extends Omit<PrepareImagesOptions, 'stages' | 'parts'> {
  /** Whose sandboxes the firewall closes in. */
  install: string;
  /** Resolves when sessions can start. */
  createProvider: (found: Found) => Promise<SandboxProvider>;
  /** Replaced in tests. */
  parts?: PrepareParts;
}

export type PrepareParts = typeof realParts & { closeHost: typeof closeHost; retryMs: number };

/**
 * Begins to prepare the sandbox, in the background. While it is unavailable because of the engine, it looks for one every minute. When it is ready, the images
 * that only some labs need are made. After `signal` the preparation's `provider` rejects once all that was begun is undone: wait for it, and for `settled`, before you exit.
 */
export function prepare(options: PrepareOptions): Preparation {
  const stages = new Stages();
  const growing = new Growing(options);
  const provider = keepTrying(options, stages, growing);
  // Whoever cares waits for it; status() tells everybody else.
  provider.catch(() => undefined);
  return {
    status: () => ({ ...stages.status(), ...growing.status() }),
    onChange: (listener) => stages.onChange(listener),
    provider,
    settled: async () => {
      await provider.catch(() => undefined);
      await growing.work;
    },
  };
}

async function keepTrying(
  options: PrepareOptions,
  stages: Stages,
  growing: Growing,
): Promise<SandboxProvider> {
  const { signal, log, parts = { ...realParts, closeHost, retryMs: RETRY_MS } } = options;
  for (;;) {
    try {
      const prepared = await prepareImages({ ...options, stages, parts, after: [FIREWALL] });
      const { engine, info } = prepared;
      let { images } = prepared;
      stages.start('firewall', 'Closing the host to the sandboxes.');
      await parts.closeHost(engine, { install: options.install, image: images.node, signal });
      stages.done('firewall');
      const found = { engine, info, images: () => images };
      const provider = await options.createProvider(found);
      stages.ready('The sandbox is ready.');
      growing.begin(found, (more) => (images = more));
      return provider;
    } catch (error) {
      signal.throwIfAborted();
      const problem = toLabError(error, 'LAB_SANDBOX_UNAVAILABLE');
      stages.fail(problem);
      log.error({ code: problem.code, hint: problem.hint }, problem.message);
      if (!ENGINE_CODES.has(problem.code)) throw problem;
      await untilEngine(options, parts);
    }
  }
}

async function untilEngine({ config, signal }: PrepareOptions, parts: PrepareParts): Promise<void> {
  for (;;) {
    await delay(parts.retryMs, undefined, { signal });
    const search = await parts.findEngine({ hasReadyImages: namesAll(config.readyImages) });
    if (search.state === 'found') return;
  }
}
