import type { Config } from '../../../config.ts';
import type { PlannedStage, Stages } from '../../../preparation/stages.ts';
import type { Log } from '../../../telemetry/log.ts';
import type { EngineSearch, findEngine } from './find-engine.ts';
import { type installEngine, planEngine, type readMachine } from './install-engine.ts';

export const ENGINE_STAGE: PlannedStage = {
  id: 'engine',
  title: 'Container engine',
  expectedSeconds: 2,
};
const INSTALL_SECONDS = 30;
const START_SECONDS = 5;
/** The images that take long to build: with ready ones, nothing needs a compiler. */
const BUILT = ['node', 'workstation'];

/** Whether ready images stand in for everything that would have to be compiled. */
export function namesAll(readyImages: ReadonlyMap<string, string>): boolean {
  return BUILT.every((name) => readyImages.has(name));
}

export interface ObtainEngineOptions {
  config: Pick<Config, 'home' | 'installEngine' | 'readyImages'>;
  /** Has {@link ENGINE_STAGE} planned. */
  stages: Stages;
  log: Log;
  signal: AbortSignal;
}

/**
 * Finds an engine, or installs or starts one where that is allowed. Rejects with
 * `LAB_ENGINE_MISSING`, `LAB_ENGINE_UNREACHABLE` or `LAB_ENGINE_UNSUPPORTED`.
 */
export async function obtainEngine(
  { config, stages, log, signal }: ObtainEngineOptions,
  dependencies: {
    findEngine: typeof findEngine;
    readMachine: typeof readMachine;
    installEngine: typeof installEngine;
    /** Called before an engine is installed. */
    onInstall?: () => Promise<void>;
  },
): Promise<Extract<EngineSearch, { state: 'found' }>> {
  const find = async (): Promise<EngineSearch> =>
    dependencies.findEngine({ hasReadyImages: namesAll(config.readyImages) });
  stages.start(ENGINE_STAGE.id, 'Looking for a container engine.');
  let search = await find();
  if (search.state === 'absent') {
    const machine = dependencies.readMachine();
    // The operator chose an engine of another kind: install nothing beside it unasked.
    if (search.problem.code !== 'LAB_ENGINE_MISSING' && !machine.hasDaemon) throw search.problem;
    const plan = planEngine(machine, config.installEngine);
    log.warn(plan.announcement);
    stages.say(plan.announcement);
    stages.expect(ENGINE_STAGE.id, plan.install ? INSTALL_SECONDS : START_SECONDS);
    if (plan.install) await dependencies.onInstall?.();
    const onLine = (line: string): void => log.debug({ line }, 'engine');
    await dependencies.installEngine({ plan, home: config.home, onLine, signal });
    search = await find();
  }
  if (search.state !== 'found') throw search.problem;
  log.info({ version: search.info.version, host: search.address.host }, 'container engine found');
  stages.done(ENGINE_STAGE.id);
  return search;
}
