import type { Note } from '../../../../src/protocol/status.ts';
import type { Config } from '../../../config.ts';
import { LabError } from '../../../errors.ts';
import { ensureImages, planImages } from '../../../images/ensure-images.ts';
import { recipes } from '../../../images/recipes.ts';
import type { Pace } from '../../../preparation/estimate.ts';
import type { PlannedStage, Stages } from '../../../preparation/stages.ts';
import type { SandboxImages } from '../../../provider.ts';
import type { Log } from '../../../telemetry/log.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { expectedSeconds, machinePace, readBuildTimes } from './build-times.ts';
import { measureCpuPace } from './cpu-benchmark.ts';
import { findEngine } from './find-engine.ts';
import { type Finding, judgeHost, raiseInotify, readHost } from './host-checks.ts';
import { installEngine, readMachine } from './install-engine.ts';
import { makeImages, stageOf } from './make-images.ts';
import { type Chain, neededToStart, nodeImagesOf, sandboxRecipes } from './needed-images.ts';
import { ENGINE_STAGE, obtainEngine } from './obtain-engine.ts';

const HOST: PlannedStage = { id: 'host', title: 'This machine', expectedSeconds: 1 };

/** What reaches outside the server; replaced in tests. */
export const realDependencies = {
  findEngine,
  readMachine,
  installEngine,
  readHost,
  raiseInotify,
  measureCpuPace,
  planImages,
  ensureImages,
};
export type Dependencies = typeof realDependencies;

export interface PrepareImagesOptions {
  config: Pick<Config, 'home' | 'installEngine' | 'readyImages'>;
  stages: Stages;
  log: Log;
  signal: AbortSignal;
  /** Whether sessions of all labs must be able to start. Otherwise those of some are enough. */
  isForAll?: boolean;
  /** Stages that the caller adds. */
  after?: readonly PlannedStage[];
  /** Replaced in tests. */
  chain?: Chain;
  dependencies?: Dependencies;
}

/** An engine that can run sandboxes, and the images for them. */
export interface PreparedEngine {
  engine: Engine;
  info: EngineInfo;
  images: SandboxImages;
}

/**
 * Finds or installs an engine, checks the machine, and builds or pulls the missing images.
 * Resumable: it finds what an earlier run finished. Rejects with a `LabError` that says what to do,
 * or with the signal's reason once everything it started is undone.
 */
export async function prepareImages(options: PrepareImagesOptions): Promise<PreparedEngine> {
  const { stages, config, chain, after = [], dependencies = realDependencies } = options;
  const times = readBuildTimes(config.home);
  // Stands for the images until the engine says which are missing.
  const unbuilt = recipes.map((recipe) => ({ recipe, tag: '', isReady: false, isPulled: false }));
  const { plan: unknown } = neededToStart(unbuilt, options);
  const secondsOfAll = (pace: Pace): number =>
    unknown.reduce((total, { recipe }) => total + expectedSeconds(recipe, times, pace), 0);
  const images: PlannedStage = {
    id: 'images',
    title: 'Images',
    isStandIn: true,
    expectedSeconds: secondsOfAll(machinePace(times, recipes)),
  };
  stages.plan([ENGINE_STAGE, HOST, images, ...after]);
  const measurePace = async (): Promise<Pace> =>
    machinePace(times, recipes, await dependencies.measureCpuPace());
  const { engine, info } = await obtainEngine(options, {
    ...dependencies,
    // A new engine has no images, so all of them have to be built.
    onInstall: async () => stages.expect(images.id, secondsOfAll(await measurePace())),
  });

  stages.start(HOST.id, 'Checking this machine.');
  const { readyImages } = config;
  const all = await dependencies.planImages(
    { engine, recipes, readyImages },
    sandboxRecipes(chain),
  );
  const { link, plan } = neededToStart(all, options);
  const missing = plan.filter(({ isReady }) => !isReady);
  const mustBuild = missing.some(({ isPulled }) => !isPulled);
  checkHost(options, dependencies, info, mustBuild);
  if (mustBuild) stages.usePace(await measurePace());
  stages.done(HOST.id);

  stages.replace(
    images.id,
    missing.map((image) => stageOf(image, times)),
  );
  if (missing.length > 0) await makeImages({ ...options, dependencies, engine, plan, times });
  const tags = new Map(plan.map(({ recipe, tag }) => [recipe.name, tag]));
  return {
    engine,
    info,
    images: {
      node: tags.get(link.recipe) ?? '',
      workstation: tags.get('workstation') ?? '',
      holds: nodeImagesOf(link, chain),
    },
  };
}

function checkHost(
  { log, stages }: PrepareImagesOptions,
  { raiseInotify: raise, readHost: read }: Dependencies,
  info: EngineInfo,
  mustBuild: boolean,
): void {
  for (const change of raise(read(info))) log.warn({ change }, 'raised a kernel limit');
  const findings = judgeHost(read(info), mustBuild);
  const warnings = findings.filter(({ state }) => state === 'warning');
  for (const { id, detail, fix } of warnings) log.warn({ check: id, fix }, detail);
  const [problem, ...others] = findings.filter(({ state }) => state === 'problem');
  // The first problem becomes the status itself, not a note.
  stages.note([...others, ...warnings].map(toNote));
  if (problem === undefined) return;
  throw new LabError('LAB_HOST_UNFIT', `${problem.title}: ${problem.detail}`, {
    ...(problem.fix === undefined ? {} : { hint: problem.fix }),
  });
}

function toNote({ title, detail, fix }: Finding): Note {
  return { title, detail, ...(fix === undefined ? {} : { fix }) };
}
