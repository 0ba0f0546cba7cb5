import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { projectRoot } from '../../sandbox/images/build/files.ts';
import { goPrograms } from '../../sandbox/images/build/methods.ts';
import { ensureImages, planImages } from '../../sandbox/images/ensure-images.ts';
import { recipes } from '../../sandbox/images/recipes.ts';
import { versions } from '../../sandbox/versions.ts';

const CACHE = join(projectRoot, 'node_modules', '.cache', 'kindlab');

const recipe = goPrograms({
  name: 'kind-cli',
  title: 'The kind CLI',
  seconds: 15,
  module: 'tools/bench/kind-cli/go',
  goVersion: versions.go,
  programs: [{ package: 'sigs.k8s.io/kind', to: 'bin/kind' }],
});

/**
 * Builds the `kind` CLI from its Go module, like the programs of the node image, once for each
 * version. Resolves with its path.
 */
export async function buildKindProgram(engine: Engine, signal: AbortSignal): Promise<string> {
  const all = { engine, recipes: [...recipes, recipe], readyImages: new Map<string, string>() };
  const plan = await planImages(all, [recipe.name]);
  const logs = join(CACHE, 'logs');
  const listener = { onRecipe: () => undefined, onLine: () => undefined };
  const tags = await ensureImages({ ...all, logs, listener, signal }, plan);
  const image = tags.get(recipe.name) ?? '';
  const path = join(CACHE, image.replaceAll(/[/:]/g, '-'));
  if (!existsSync(path)) await copyProgram(engine, image, path);
  return path;
}

async function copyProgram(engine: Engine, image: string, path: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const container = await engine.containers.create({ Image: image, Cmd: ['none'] });
  try {
    const archive = await engine.containers.download(container, '/bin/kind');
    const partial = `${path}.${process.pid}`;
    for await (const entry of archive.pipe(extract())) {
      await pipeline(entry, createWriteStream(partial, { mode: 0o755 }));
    }
    renameSync(partial, path);
  } finally {
    await engine.containers.remove(container);
  }
}
