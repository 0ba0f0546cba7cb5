import { delay } from '../../../../src/async.ts';
import { missingImages } from '../../../../src/protocol/lab.ts';
import type { Growth, GrowthLink } from '../../../../src/protocol/status.ts';
import { LabError, toLabError } from '../../../errors.ts';
import type { ClusterImage } from '../../../images/cluster-images.ts';
import type { PlannedImage } from '../../../images/ensure-images.ts';
import { recipes } from '../../../images/recipes.ts';
import { Stages } from '../../../preparation/stages.ts';
import type { SandboxImages, SandboxProvider } from '../../../provider.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { machinePace, readBuildTimes } from './build-times.ts';
import { makeImages, stageId, stageOf } from './make-images.ts';
import { missingLinks, splitByLink } from './needed-images.ts';
import type { Dependencies, PrepareImagesOptions } from './prepare-images.ts';

/** Free disk that building a link of the chain may need. */
const BUILD_BYTES = 8 * 2 ** 30;

/** A prepared engine whose images may still grow. */
export interface ReadyEngine {
  engine: Engine;
  info: EngineInfo;
  /** What new sandboxes boot from. */
  images: () => SandboxImages;
  /** The provider whose sandboxes run here: its failures make the status look at the engine. */
  watched: (provider: SandboxProvider) => SandboxProvider;
}

export interface ImageGrowthOptions extends Pick<
  PrepareImagesOptions,
  'config' | 'log' | 'signal' | 'chain'
> {
  dependencies: Pick<
    Dependencies,
    'planImages' | 'ensureImages' | 'readHost' | 'measureCpuPace'
  > & {
    /** How long to wait after a failed build. */
    growthRetryMs: number;
  };
}

/**
 * Builds the links of the chain that are still missing, one after another, while sessions run. New
 * sandboxes boot from each link as soon as it is built. A link that fails is built again later; the
 * links before it stay in use.
 */
export class ImageGrowth {
  readonly #options: ImageGrowthOptions;
  readonly #stages = new Stages();
  /** The stages of each link and of all links before it, by recipe. */
  readonly #stagesUpTo = new Map<string, ReadonlySet<string>>();
  #ready: ReadyEngine | undefined;
  #retry = new AbortController();
  #onFailure: () => void = () => undefined;
  /** Settles when all links are built, or after the signal. Never rejects. */
  work: Promise<void> = Promise.resolve();

  constructor(options: ImageGrowthOptions) {
    this.#options = options;
  }

  /**
   * Calls `use` with each new state of the images; `ready.images()` must return it from then on.
   * Calls `onFailure` after each failed build: the engine may have stopped.
   */
  start(ready: ReadyEngine, use: (images: SandboxImages) => void, onFailure: () => void): void {
    this.#ready = ready;
    this.#onFailure = onFailure;
    this.work = this.#keepTrying(ready, use).catch(() => undefined);
  }

  /** Ends the wait after a failure: whatever caused it may be over. */
  retryNow(): void {
    this.#retry.abort();
  }

  /** Whether images are being built right now. */
  get isBuilding(): boolean {
    return this.status().growth?.state === 'building';
  }

  /** Empty when no link is missing, or before {@link start}. */
  status(): { growth?: Growth } {
    const images = this.#ready?.images();
    if (images === undefined) return {};
    const links = missingLinks(images, this.#options.chain);
    if (links.length === 0) return {};
    const { state, progress, message, code, hint, remainingSeconds } = this.#stages.status();
    return {
      growth: {
        state: state === 'unavailable' ? 'failed' : 'building',
        images: missingImages(
          links.flatMap(({ adds }) => adds),
          images.holds,
        ),
        chain: links.map((link) => this.#describe(link)),
        progress,
        message,
        ...(code === undefined ? {} : { code }),
        ...(hint === undefined ? {} : { hint }),
        ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
      },
    };
  }

  #describe({ recipe, adds }: ClusterImage): GrowthLink {
    const ids = this.#stagesUpTo.get(recipe);
    const { progress, remainingSeconds } =
      ids === undefined ? { progress: 0 } : this.#stages.part(ids);
    return {
      id: recipe,
      images: [...adds],
      progress,
      ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
    };
  }

  async #keepTrying(ready: ReadyEngine, use: (images: SandboxImages) => void): Promise<void> {
    const { signal, log, dependencies } = this.#options;
    for (;;) {
      try {
        await this.#buildLinks(ready, use);
        return;
      } catch (error) {
        signal.throwIfAborted();
        const problem = toLabError(error, 'LAB_IMAGE_BUILD_FAILED');
        this.#stages.fail(problem);
        log.error({ code: problem.code, hint: problem.hint }, problem.message);
        this.#retry = new AbortController();
        this.#onFailure();
        const wait = AbortSignal.any([signal, this.#retry.signal]);
        await delay(dependencies.growthRetryMs, wait).catch(() => signal.throwIfAborted());
      }
    }
  }

  async #buildLinks(ready: ReadyEngine, use: (images: SandboxImages) => void): Promise<void> {
    const { config, log, dependencies, chain } = this.#options;
    const { engine, info } = ready;
    const links = missingLinks(ready.images(), chain);
    if (links.length === 0) return;
    const all = await dependencies.planImages(
      { engine, recipes, readyImages: config.readyImages },
      links.map(({ recipe }) => recipe),
    );
    const times = readBuildTimes(config.home);
    const parts = splitByLink(all, links).map(({ link, plan }) => ({
      link,
      plan,
      missing: plan.filter(({ isReady }) => !isReady),
    }));
    this.#plan(parts, times);
    if (parts.some(({ missing }) => missing.some(({ isPulled }) => !isPulled))) {
      const cpuPace = await dependencies.measureCpuPace();
      this.#stages.usePace(machinePace(times, recipes, cpuPace));
    }
    for (const { link, plan, missing } of parts) {
      if (missing.length > 0) {
        const names = missing.map((image) => image.recipe.name);
        log.info({ link: link.recipe, recipes: names }, 'building images of some labs');
        requireDisk(dependencies.readHost(info).diskFree, missing);
        await makeImages({ ...this.#options, stages: this.#stages, engine, plan, times });
      }
      const images = ready.images();
      const node = plan.find((image) => image.recipe.name === link.recipe)?.tag ?? images.node;
      use({ ...images, node, holds: [...new Set([...images.holds, ...link.adds])] });
    }
  }

  #plan(
    parts: readonly { link: ClusterImage; missing: readonly PlannedImage[] }[],
    times: Record<string, number>,
  ): void {
    this.#stages.plan(
      parts.flatMap(({ missing }) => missing.map((image) => stageOf(image, times))),
    );
    const ids = new Set<string>();
    for (const { link, missing } of parts) {
      for (const { recipe } of missing) ids.add(stageId(recipe));
      this.#stagesUpTo.set(link.recipe, new Set(ids));
    }
  }
}

/** Running sessions need the disk that is left. */
function requireDisk(diskFree = Infinity, missing: readonly PlannedImage[]): void {
  if (diskFree >= BUILD_BYTES || missing.every(({ isPulled }) => isPulled)) return;
  const [free, needed] = [diskFree, BUILD_BYTES].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  throw new LabError(
    'LAB_DISK_FULL',
    `${free} GiB of disk are free, and ${needed} are needed to build the images of some lessons.`,
  );
}
