import { join } from 'node:path';
import type { Note } from '../../../../src/protocol/status.ts';
import { lackingImages } from '../../../../src/protocol/lab.ts';
import type { Config } from '../../../config.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import { LabError } from '../../../errors.ts';
import type { Recipe } from '../../../images/build/recipe.ts';
import { type ClusterImage, clusterImages } from '../../../images/cluster-images.ts';
import {
  ensureImages,
  neededFor,
  planImages,
  type PlannedImage,
} from '../../../images/ensure-images.ts';
import { recipes } from '../../../images/recipes.ts';
import type { SandboxImages } from '../../../provider.ts';
import type { Log } from '../../../telemetry/log.ts';
import { expectedSeconds, readBuildTimes, writeBuildTimes } from './build-times.ts';
import { type EngineSearch, findEngine } from './find-engine.ts';
import { type Finding, type HostFacts, judgeHost, raiseInotify, readHost } from './host-checks.ts';
import { installEngine, planEngine, readMachine } from './install-engine.ts';
import type { PlannedStage, Stages } from '../../../preparation/stages.ts';

/** The images that the server itself starts containers from, sooner or later. */
export const SANDBOX_RECIPES = [...clusterImages.map(({ recipe }) => recipe), 'workstation'];
/** The images that take long to build: with ready ones there is nothing left that needs a compiler. */
const BUILT = ['node', 'workstation'];

const PULL_SECONDS = 60;
/** Of disk, while the images of the data lessons are built. */
const GROWTH_BYTES = 8 * 2 ** 30;
const ENGINE: PlannedStage = { id: 'engine', title: 'Container engine', expectedSeconds: 2 };
const HOST: PlannedStage = { id: 'host', title: 'This machine', expectedSeconds: 1 };

/** What reaches outside; replaced in tests. */
export const realDependencies = {
  findEngine,
  readMachine,
  installEngine,
  readHost,
  raiseInotify,
  planImages,
  ensureImages,
};
export type Dependencies = typeof realDependencies;

export interface PrepareImagesOptions {
  config: Pick<Config, 'home' | 'installEngine' | 'readyImages'>;
  stages: Stages;
  log: Log;
  signal: AbortSignal;
  /** Whether sessions of all labs must be able to start; otherwise those of some are enough, and {@link growImages} does the rest. */
  isForAll?: boolean;
  /** Stages that the caller adds. */
  after?: readonly PlannedStage[];
  dependencies?: Dependencies;
}

/** An engine that can hold sandboxes, and the images for them. */
export interface PreparedEngine {
  engine: Engine;
  info: EngineInfo;
  images: SandboxImages;
}

/**
 * Finds or installs an engine, checks the machine, and builds or pulls the images that lack. Resumable: what an earlier run finished is found again.
 * Rejects with a `LabError` that says what to do, or with the signal's reason once all it began is undone.
 */
export async function prepareImages(options: PrepareImagesOptions): Promise<PreparedEngine> {
  const { stages, config, isForAll = false, after = [], dependencies = realDependencies } = options;
  const times = readBuildTimes(config.home);
  const first = neededAtFirst(isForAll);
  const unknown = first.map((recipe) => expectedSeconds(recipe, times, recipes));
  const images: PlannedStage = {
    id: 'images',
    title: 'Images',
    isStandIn: true,
    expectedSeconds: unknown.reduce((total, seconds) => total + seconds),
  };
  stages.plan([ENGINE, HOST, images, ...after]);

  stages.start('engine', 'Looking for a container engine.');
  const { engine, info } = await obtainEngine(options, dependencies);
  stages.done('engine');

  stages.start('host', 'Looking at what this machine has.');
  const all = await dependencies.planImages({ engine, recipes, readyImages: config.readyImages }, SANDBOX_RECIPES);
  const { cluster, plan } = neededToStart(all, isForAll);
  const lacking = plan.filter(({ isReady }) => !isReady);
  const mustBuild = lacking.some(({ isPulled }) => !isPulled);
  checkHost(options, dependencies, info, mustBuild);
  stages.done('host');

  stages.replace(
    'images',
    lacking.map((image) => stageOf(image, times)),
  );
  const tags = new Map(plan.map(({ recipe, tag }) => [recipe.name, tag]));
  if (lacking.length > 0) await makeImages({ ...options, dependencies, engine, plan, times });
  return {
    engine,
    info,
    images: {
      node: tags.get(cluster.recipe) ?? '',
      workstation: tags.get('workstation') ?? '',
      holds: cluster.holds,
    },
  };
}

export type GrowOptions = PrepareImagesOptions & PreparedEngine;

/** The cluster image that holds all, unless it is there already. */
export function lackingCluster({ holds }: SandboxImages): ClusterImage | undefined {
  const last = clusterImages.at(-1);
  return lackingImages(last?.holds ?? [], holds).length === 0 ? undefined : last;
}

/**
 * Builds or pulls what sessions of all labs need, while sessions of some run already. Resolves with the images that new sandboxes are to be made from. Rejects as
 * {@link prepareImages} does; sessions do not notice.
 */
export async function growImages(options: GrowOptions): Promise<SandboxImages> {
  const { stages, config, engine, info, images, log, dependencies = realDependencies } = options;
  const cluster = lackingCluster(images);
  if (cluster === undefined) return images;
  const { recipe } = cluster;
  const times = readBuildTimes(config.home);
  const { readyImages } = config;
  const plan = await dependencies.planImages({ engine, recipes, readyImages }, [recipe]);
  const lacking = plan.filter(({ isReady }) => !isReady);
  stages.plan(lacking.map((image) => stageOf(image, times)));
  requireDisk(dependencies.readHost(info), lacking);
  log.info({ recipes: lacking.map((image) => image.recipe.name) }, 'images of some labs are made');
  if (lacking.length > 0) await makeImages({ ...options, dependencies, engine, plan, times });
  const node = plan.find((image) => image.recipe.name === recipe)?.tag ?? images.node;
  return { ...images, node, holds: cluster.holds };
}

/** Sessions run already, and need what is left. */
function requireDisk({ diskFree = Infinity }: HostFacts, lacking: readonly PlannedImage[]): void {
  if (diskFree >= GROWTH_BYTES || lacking.every(({ isPulled }) => isPulled)) return;
  const [free, needed] = [diskFree, GROWTH_BYTES].map((bytes) => (bytes / 2 ** 30).toFixed(1));
  throw new LabError(
    'LAB_DISK_FULL',
    `${free} GiB of disk are free, and ${needed} are needed to build the images of some lessons.`,
  );
}

/** The recipes that all stand for before it is known which are needed. */
function neededAtFirst(isForAll: boolean): readonly Recipe[] {
  const asPlanned = recipes.map((recipe) => ({ recipe, tag: '', isReady: false, isPulled: false }));
  return neededToStart(asPlanned, isForAll).plan.map((image) => image.recipe);
}

/**
 * What clusters boot from at first: the most that is there, or else the least that can be made. And of all images that are planned, those without which no
 * session could start.
 */
export function neededToStart(
  all: readonly PlannedImage[],
  isForAll = false,
): { cluster: ClusterImage; plan: PlannedImage[] } {
  const isThere = ({ recipe }: ClusterImage): boolean =>
    all.some((image) => image.recipe.name === recipe && image.isReady);
  const last = isForAll ? clusterImages.at(-1) : undefined;
  const cluster = last ?? [...clusterImages].reverse().find(isThere) ?? clusterImages[0];
  return { cluster, plan: neededFor(all, [cluster.recipe, 'workstation']) };
}

/** Of all images that are planned, those that a start finds or makes, sooner or later. Where the last cluster image is there, those before it are not among them. */
export function neededEventually(all: readonly PlannedImage[]): PlannedImage[] {
  const last = clusterImages.at(-1)?.recipe ?? '';
  const needed = [...neededToStart(all).plan, ...neededFor(all, [last])];
  return all.filter((image) => needed.includes(image));
}

async function obtainEngine(
  { config, stages, log, signal }: PrepareImagesOptions,
  dependencies: Dependencies,
): Promise<Extract<EngineSearch, { state: 'found' }>> {
  const search = async (): Promise<EngineSearch> =>
    dependencies.findEngine({ hasReadyImages: namesAll(config.readyImages) });
  let found = await search();
  if (found.state === 'absent') {
    const machine = dependencies.readMachine();
    // An engine of another kind is somebody's choice: nothing is installed beside it unasked.
    if (found.problem.code !== 'LAB_ENGINE_MISSING' && !machine.hasDaemon) throw found.problem;
    const plan = planEngine(machine, config.installEngine);
    log.warn(plan.announcement);
    stages.say(plan.announcement);
    const onLine = (line: string): void => log.debug({ line }, 'engine');
    await dependencies.installEngine({ plan, home: config.home, onLine, signal });
    found = await search();
  }
  if (found.state !== 'found') throw found.problem;
  log.info({ version: found.info.version, host: found.address.host }, 'container engine found');
  return found;
}

/** Whether nothing needs to be built. */
export function namesAll(readyImages: ReadonlyMap<string, string>): boolean {
  return BUILT.every((name) => readyImages.has(name));
}

function checkHost(
  { log, stages }: PrepareImagesOptions,
  dependencies: Dependencies,
  info: EngineInfo,
  mustBuild: boolean,
): void {
  const raised = dependencies.raiseInotify(dependencies.readHost(info));
  for (const change of raised) log.warn({ change }, 'raised a limit of the kernel');
  const findings = judgeHost(dependencies.readHost(info), mustBuild);
  const warnings = findings.filter(({ state }) => state === 'warning');
  for (const { id, detail, fix } of warnings) log.warn({ check: id, fix }, detail);
  const [problem, ...others] = findings.filter(({ state }) => state === 'problem');
  // The first problem is told as what keeps the sandbox from being ready.
  stages.note([...others, ...warnings].map(toNote));
  if (problem === undefined) return;
  throw new LabError('LAB_HOST_UNFIT', `${problem.title}: ${problem.detail}`, {
    ...(problem.fix === undefined ? {} : { hint: problem.fix }),
  });
}

function toNote({ title, detail, fix }: Finding): Note {
  return { title, detail, ...(fix === undefined ? {} : { fix }) };
}

function stageOf({ recipe, isPulled }: PlannedImage, times: Record<string, number>): PlannedStage {
  return {
    id: `image-${recipe.name}`,
    title: recipe.title,
    expectedSeconds: isPulled ? PULL_SECONDS : expectedSeconds(recipe, times, recipes),
  };
}

interface MakeImages extends PrepareImagesOptions {
  dependencies: Dependencies;
  engine: Engine;
  plan: readonly PlannedImage[];
  times: Record<string, number>;
}

async function makeImages({
  config,
  stages,
  log,
  signal,
  dependencies,
  engine,
  plan,
  times,
}: MakeImages): Promise<void> {
  const pulled = new Set(plan.filter(({ isPulled }) => isPulled).map(({ recipe }) => recipe.name));
  const finish = (recipe: Recipe): void => {
    const seconds = stages.done(`image-${recipe.name}`);
    log.info({ recipe: recipe.name, seconds }, 'image ready');
    if (pulled.has(recipe.name)) return;
    times[recipe.name] = seconds;
    writeBuildTimes(config.home, times);
    for (const { recipe: other, isReady, isPulled } of plan) {
      if (isReady || isPulled || times[other.name] !== undefined) continue;
      stages.expect(`image-${other.name}`, expectedSeconds(other, times, recipes));
    }
  };
  const listener = {
    onRecipe: (recipe: Recipe, state: 'running' | 'done' | 'failed' | 'found'): void => {
      const verb = pulled.has(recipe.name) ? 'Fetching' : 'Building';
      if (state === 'running') stages.start(`image-${recipe.name}`, `${verb}: ${recipe.title}.`);
      if (state === 'done') finish(recipe);
    },
    onLine: () => undefined,
  };
  const logs = join(config.home, 'logs');
  const { readyImages } = config;
  await dependencies.ensureImages({ engine, recipes, readyImages, logs, listener, signal }, plan);
}
