import { once } from 'node:events';
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Config, readConfig } from '../config.ts';
import type { Engine } from '../providers/docker/engine/engine.ts';
import { openHost } from '../providers/docker/firewall.ts';
import {
  type Belonging,
  countByKind,
  listBelongings,
  removeBelongings,
} from '../providers/docker/engine/inventory.ts';
import { LabError, toLabError } from '../errors.ts';
import { clusterImages } from '../images/cluster-images.ts';
import { CACHE_VOLUME } from '../images/build/methods.ts';
import { listOwnImages, type OwnImage, removeOwnImages } from '../images/own-images.ts';
import { holderOf, installOf } from '../store/lock.ts';
import { findEngine } from '../providers/docker/preparation/find-engine.ts';
import { daemonOf } from '../providers/docker/preparation/install-engine.ts';
import { namesAll } from '../providers/docker/preparation/obtain-engine.ts';

const FIREWALL_MS = 30_000;
/**
 * What the server and set-up write into `$KINDLAB_HOME`. Everything else in that folder stays: it
 * may belong to the user.
 */
const FILES = [
  ...['state.db', 'state.db-wal', 'state.db-shm', 'server.pid'],
  ...['logs', 'build-times.json', 'dockerd.pid'],
];

/** What exists of an install. */
interface Installation {
  engine: Engine | undefined;
  install: string | undefined;
  belongings: Belonging[];
  images: OwnImage[];
  hasCache: boolean;
  files: string[];
}

/**
 * `npm run uninstall [-- --yes]`: asks, removes what this install created on this machine, and
 * names what it leaves. Exits with 1 when something could not be removed or the user did not agree,
 * and with 2 on an unknown option.
 */
async function main(options: readonly string[]): Promise<number> {
  const unknown = options.find((option) => option !== '--yes');
  if (unknown !== undefined) {
    console.error(`Unknown option "${unknown}". The only option is --yes.`);
    return 2;
  }
  const config = readConfig();
  const holder = holderOf(config.home);
  if (holder !== undefined) {
    throw new LabError('LAB_STATE_LOCKED', `${holder} uses ${config.home}.`, {
      hint: 'End that server first: it removes its own sessions.',
    });
  }
  const found = await look(config);
  const plan = describe(found, config.home);
  if (plan.length === 0) {
    console.log('There is nothing of this install to remove.');
  } else {
    console.log(['This removes:', ...plan.map((line) => `  - ${line}`)].join('\n'));
    if (!options.includes('--yes') && !(await userAgrees())) {
      console.log('Nothing was removed.');
      return 1;
    }
  }
  const daemon = daemonOf(config.home);
  const kept = await remove(found, config.home);
  const stays = [...kept, ...leftovers(config.home, daemon)];
  console.log(['This stays:', ...stays.map((line) => `  - ${line}`)].join('\n'));
  return kept.length === 0 ? 0 : 1;
}

async function look({ home, readyImages }: Config): Promise<Installation> {
  const install = installOf(home);
  const files = FILES.filter((name) => existsSync(join(home, name)));
  const search = await findEngine({ hasReadyImages: namesAll(readyImages) });
  if (search.state !== 'found') {
    console.log(`The engine cannot be searched: ${search.problem.message}`);
    return { engine: undefined, install, belongings: [], images: [], hasCache: false, files };
  }
  const { engine } = search;
  return {
    engine,
    install,
    belongings: install === undefined ? [] : await listBelongings(engine, install),
    images: await listOwnImages(engine),
    hasCache: await engine.volumes.has(CACHE_VOLUME),
    files,
  };
}

/** One line for each kind of thing to remove. */
function describe({ belongings, images, hasCache, files }: Installation, home: string): string[] {
  const sandboxes = [`${countByKind(belongings)} (of sessions)`];
  const built = [
    `${images.length} images (kindlab/…); another install on this engine would have to build them again`,
  ];
  const cache = [`the build cache (the volume ${CACHE_VOLUME})`];
  return [
    ...(belongings.length > 0 ? sandboxes : []),
    ...(images.length > 0 ? built : []),
    ...(hasCache ? cache : []),
    ...(files.length > 0 ? [`${files.join(', ')} in ${home}`] : []),
  ];
}

async function userAgrees(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.log('This is not a terminal: add --yes to remove it.');
    return false;
  }
  using lines = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D ends the input without an answer.
  const end = once(lines, 'close').then(() => '');
  const answer = await Promise.race([lines.question('Remove all of this? [y/N] '), end]);
  return /^y(es)?$/i.test(answer.trim());
}

/** Continues after failures, and returns a line for each. */
async function remove(found: Installation, home: string): Promise<string[]> {
  const kept: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      kept.push(`${what}: ${toLabError(error).message}`);
    }
  };
  const { engine, install } = found;
  if (engine !== undefined) {
    await attempt('sandboxes', async () => removeBelongings(engine, found.belongings));
    const image = nodeImageOf(found.images);
    if (install !== undefined && image !== undefined) {
      const signal = AbortSignal.timeout(FIREWALL_MS);
      await attempt('the firewall around them', async () =>
        openHost(engine, { install, image, signal }),
      );
    }
    await attempt('images', async () => {
      const used = await removeOwnImages(engine, found.images);
      if (used.length > 0) kept.push(`images that containers still use: ${used.join(', ')}`);
    });
    if (found.hasCache)
      await attempt('the build cache', async () => engine.volumes.remove(CACHE_VOLUME));
  }
  await attempt(home, async () => {
    removeFiles(found.files, home);
    return Promise.resolve();
  });
  return kept;
}

const WITH_NFT = [...clusterImages.map(({ recipe }) => recipe), 'node'];

/** Any of our images that contains `nft`. */
function nodeImageOf(images: readonly OwnImage[]): string | undefined {
  return images
    .flatMap(({ tags }) => tags)
    .find((tag) => WITH_NFT.some((recipe) => tag.startsWith(`kindlab/${recipe}:`)));
}

function removeFiles(files: readonly string[], home: string): void {
  for (const name of files) rmSync(join(home, name), { recursive: true, force: true });
  if (existsSync(home) && readdirSync(home).length === 0) rmdirSync(home);
}

/** What stays because it is not only ours, with the command to remove it. */
function leftovers(home: string, daemon: number | undefined): string[] {
  const engine =
    daemon === undefined
      ? 'the container engine: "apt-get purge docker.io" removes Debian’s'
      : `the container engine, which set-up started (process ${daemon}): "kill ${daemon}" stops it`;
  const rest = existsSync(home) ? [`other files in ${home}`] : [];
  return [engine, 'this folder, with node_modules: delete it', ...rest];
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const { code, message, hint } = toLabError(error);
    console.error(`${code}: ${message}\n${hint}`);
    process.exitCode = 1;
  }
}
