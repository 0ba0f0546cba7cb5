import { createServer } from 'node:net';
import { once } from 'node:events';
import { type Config, readConfig } from '../config.ts';
import type { Engine } from '../providers/docker/engine/engine.ts';
import { countByKind, listLabelled } from '../providers/docker/engine/inventory.ts';
import { Label } from '../providers/docker/engine/labels.ts';
import { LabError, toLabError } from '../errors.ts';
import { CACHE_VOLUME } from '../images/build/methods.ts';
import { planImages } from '../images/ensure-images.ts';
import { recipes } from '../images/recipes.ts';
import { holderOf } from '../store/lock.ts';
import {
  expectedSeconds,
  machinePace,
  readBuildTimes,
} from '../providers/docker/preparation/build-times.ts';
import { measureCpuPace } from '../providers/docker/preparation/cpu-benchmark.ts';
import { type EngineSearch, findEngine } from '../providers/docker/preparation/find-engine.ts';
import { BROWSER_COMMAND, findBrowser } from './find-browser.ts';
import { type Finding, judgeHost, readHost } from '../providers/docker/preparation/host-checks.ts';
import {
  daemonOf,
  planEngine,
  readMachine,
} from '../providers/docker/preparation/install-engine.ts';
import {
  neededEventually,
  neededToStart,
  sandboxRecipes,
} from '../providers/docker/preparation/needed-images.ts';
import { namesAll } from '../providers/docker/preparation/obtain-engine.ts';
import { duration } from './progress-line.ts';

/**
 * `npm run doctor [-- --json]`: checks what sessions need, and changes nothing. Exits with 1 when
 * sessions cannot start, and with 2 on an unknown option.
 */
async function main(options: readonly string[]): Promise<void> {
  const unknown = options.find((option) => option !== '--json');
  if (unknown !== undefined) {
    console.error(`Unknown option "${unknown}". The only option is --json.`);
    process.exitCode = 2;
    return;
  }
  const config = readConfig();
  const search = await findEngine({ hasReadyImages: namesAll(config.readyImages) });
  const findings = [
    nodeJs(),
    judgeEngine(search, config),
    ...(await checkEngine(search, config)),
    await port(config),
    state(config),
    browser(),
  ];
  const problems = findings.filter((finding) => finding.state === 'problem').length;
  if (options.includes('--json')) {
    console.log(JSON.stringify({ canStart: problems === 0, findings }, undefined, 2));
  } else {
    for (const finding of findings) print(finding);
    console.log(`\n${summary(problems)}`);
  }
  process.exitCode = problems === 0 ? 0 : 1;
}

function summary(problems: number): string {
  if (problems === 0) return 'Sessions can start here.';
  return `Sessions cannot start here yet: ${problems === 1 ? 'one problem' : `${problems} problems`}.`;
}

const SIGNS = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM', unknown: 'unknown' };

function print({ title, state, detail, fix }: Finding): void {
  console.log(`${SIGNS[state]}  ${title}: ${detail}`);
  if (fix !== undefined) console.log(`         → ${fix}`);
}

function nodeJs(): Finding {
  const detail = `${process.version}, pinned by this project.`;
  return { id: 'node-js', title: 'Node.js', state: 'ok', detail };
}

/** Judges the search. An engine that `npm start` would install or start is not a problem. */
export function judgeEngine(
  search: EngineSearch,
  config: Pick<Config, 'home' | 'installEngine'>,
): Finding {
  const base = { id: 'engine', title: 'Container engine' };
  if (search.state === 'found') {
    const { info, address } = search;
    const pid = daemonOf(config.home);
    const stop = pid === undefined ? '' : ` Set-up started it: "kill ${pid}" stops it.`;
    return {
      ...base,
      state: 'ok',
      detail: `Docker ${info.version} at ${address.host} (${address.chosenBy}), storage ${info.storageDriver}.${stop}`,
    };
  }
  try {
    const machine = readMachine();
    const canGetOne = search.problem.code === 'LAB_ENGINE_MISSING' || machine.hasDaemon;
    if (search.state === 'unusable' || !canGetOne) throw search.problem;
    const { install } = planEngine(machine, config.installEngine);
    const detail = `No engine answers. "npm start" will ${install ? 'install and start' : 'start'} Docker.`;
    return { ...base, state: 'warning', detail };
  } catch (error) {
    const { message, hint, code } = toLabError(error);
    return { ...base, state: 'problem', detail: `${message} (${code})`, fix: hint };
  }
}

async function checkEngine(search: EngineSearch, config: Config): Promise<Finding[]> {
  if (search.state !== 'found') return judgeHost(readHost(undefined), true);
  const { engine, info } = search;
  const { readyImages } = config;
  const plan = await planImages({ engine, recipes, readyImages }, sandboxRecipes()).catch(
    toLabError,
  );
  if (plan instanceof LabError) return [...judgeHost(readHost(info), true), unknownImages(plan)];
  const missing = neededEventually(plan).filter((image) => !image.isReady);
  const times = readBuildTimes(config.home);
  const cpuPace = missing.length === 0 ? 1 : await measureCpuPace();
  const pace = machinePace(times, recipes, cpuPace);
  const seconds = missing.map(({ recipe }) => expectedSeconds(recipe, times, pace));
  const names = missing.map(({ recipe }) => recipe.name).join(', ');
  const images: Finding =
    missing.length === 0
      ? { id: 'images', title: 'Images', state: 'ok', detail: 'All images are built.' }
      : {
          id: 'images',
          title: 'Images',
          state: 'warning',
          detail: `Missing: ${names}. "npm start" builds them in about ${duration(seconds.reduce((a, b) => a + b))}.`,
        };
  const mustBuild = neededToStart(plan).plan.some((image) => !image.isReady && !image.isPulled);
  const hostFindings = judgeHost(readHost(info), mustBuild);
  return [...hostFindings, images, await usage(engine), await sessions(engine, config)];
}

/** An engine that stops answering half-way must not end the doctor. */
function unknownImages({ message, hint }: LabError): Finding {
  return { id: 'images', title: 'Images', state: 'unknown', detail: message, fix: hint };
}

async function usage(engine: Engine): Promise<Finding> {
  const { images, volumes } = await engine.diskUsage();
  const own = images.filter(({ tags }) => tags.some((tag) => tag.startsWith('kindlab/')));
  const imageBytes = own.reduce((total, { bytes, sharedBytes }) => total + bytes - sharedBytes, 0);
  const cache = volumes.find(({ name }) => name === CACHE_VOLUME)?.bytes ?? 0;
  const detail = `${own.length} images of Kindlab use about ${inGB(imageBytes)} GB, the build cache ${inGB(cache)} GB.`;
  return {
    id: 'usage',
    title: 'Disk in use',
    state: 'ok',
    detail,
    fix: 'To remove them and the rest of this install: npm run uninstall',
  };
}

function inGB(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

async function sessions(engine: Engine, { home }: Config): Promise<Finding> {
  const base = { id: 'sessions', title: 'Sessions' };
  const belongings = await listLabelled(engine, [Label.session]);
  const ids = [...new Set(belongings.map(({ session }) => session))];
  if (ids.length === 0) return { ...base, state: 'ok', detail: 'The engine runs none.' };
  const detail = `The engine has sessions: ${ids.length} (${ids.join(', ')}); ${countByKind(belongings)}.`;
  if (holderOf(home) !== undefined) return { ...base, state: 'ok', detail };
  return {
    ...base,
    state: 'warning',
    detail: `${detail} No server with this state folder is running.`,
    fix: 'The next "npm start" removes its own.',
  };
}

function state({ home }: Config): Finding {
  const holder = holderOf(home);
  const detail = holder === undefined ? `${home}; no server uses it.` : `${holder} uses ${home}.`;
  return { id: 'home', title: 'State folder', state: 'ok', detail };
}

async function port({ host, port: number, home }: Config): Promise<Finding> {
  const base = { id: 'port', title: 'Address' };
  const server = createServer();
  try {
    server.listen(number, host);
    await once(server, 'listening');
    return { ...base, state: 'ok', detail: `${host}:${number} is free.` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isOurs = code === 'EADDRINUSE' && holderOf(home) !== undefined;
    if (isOurs)
      return { ...base, state: 'ok', detail: `${host}:${number}: used by Kindlab itself.` };
    return {
      ...base,
      state: 'problem',
      detail: `${host}:${number} cannot be used (${code ?? 'unknown'}).`,
      fix: 'Choose another: PORT=4322 npm start',
    };
  } finally {
    server.close();
  }
}

function browser(): Finding {
  const base = { id: 'browser', title: 'Chromium, only for the tests' };
  const path = findBrowser();
  if (path !== undefined) return { ...base, state: 'ok', detail: path };
  return {
    ...base,
    state: 'warning',
    detail: 'Not found. "npm test" needs it, and as root installs it.',
    fix: BROWSER_COMMAND,
  };
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    const { message, hint } = toLabError(error);
    console.error(`${message}\n${hint}`);
    process.exitCode = 1;
  }
}
