import { setTimeout as delay } from 'node:timers/promises';
import { lackingImages } from '../../../../src/protocol/lab.ts';
import type { Growth } from '../../../../src/protocol/status.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { toLabError } from '../../../errors.ts';
import type { SandboxImages } from '../../../provider.ts';
import {
  growImages,
  lackingCluster,
  type PrepareImagesOptions,
  realDependencies,
} from './prepare-images.ts';
import { Stages } from '../../../preparation/stages.ts';

const AGAIN_MS = 10 * 60_000;

/** What sandboxes are made with. */
export interface ReadyEngine {
  engine: Engine;
  info: EngineInfo;
  /** From what they are made now. */
  images: () => SandboxImages;
}

type ImageGrowthOptions = Omit<PrepareImagesOptions, 'stages'>;

/** Makes the images that only some labs need, while sessions of the others run. What fails is tried again. */
export class ImageGrowth {
  readonly #options: ImageGrowthOptions;
  readonly #stages = new Stages();
  #found: ReadyEngine | undefined;
  /** Never rejects. */
  work: Promise<void> = Promise.resolve();

  constructor(options: ImageGrowthOptions) {
    this.#options = options;
  }

  /** `images` are what there is; what is to be used from then on is given to `use`. */
  begin(found: ReadyEngine, use: (images: SandboxImages) => void): void {
    this.#found = found;
    this.work = this.#keepTrying(found, use).catch(() => undefined);
  }

  status(): { growth?: Growth } {
    const held = this.#found?.images();
    const lacking = held === undefined ? undefined : lackingCluster(held);
    if (held === undefined || lacking === undefined) return {};
    const { state, progress, message, code, hint, remainingSeconds } = this.#stages.status();
    return {
      growth: {
        state: state === 'unavailable' ? 'failed' : 'building',
        images: lackingImages(lacking.holds, held.holds),
        progress,
        message,
        ...(code === undefined ? {} : { code }),
        ...(hint === undefined ? {} : { hint }),
        ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
      },
    };
  }

  async #keepTrying(found: ReadyEngine, use: (images: SandboxImages) => void): Promise<void> {
    const { signal, log, dependencies = realDependencies } = this.#options;
    const stages = this.#stages;
    for (;;) {
      try {
        use(
          await growImages({ ...this.#options, ...found, stages, images: found.images(), dependencies }),
        );
        return;
      } catch (error) {
        signal.throwIfAborted();
        const problem = toLabError(error, 'LAB_IMAGE_BUILD_FAILED');
        stages.fail(problem);
        log.error({ code: problem.code, hint: problem.hint }, problem.message);
        await delay(AGAIN_MS, undefined, { signal });
      }
    }
  }
}
