import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { SecondEngine } from '../../../../tests/support/second-engine.ts';
import { toReadable } from '../../../images/build/files.ts';
import type { Recipe } from '../../../images/build/recipe.ts';
import { ensureImages, planImages } from '../../../images/ensure-images.ts';
import { findEngine } from './find-engine.ts';
import { judgeHost, readHost } from './host-checks.ts';

let second: SecondEngine;
beforeAll(async () => {
  second = await SecondEngine.start({ diskMib: 48 });
});
afterAll(async () => second[Symbol.asyncDispose]());

it('finds the engine that DOCKER_HOST names, and checks its disk', async () => {
  const search = await findEngine({ hasReadyImages: false, env: { DOCKER_HOST: second.host } });
  if (search.state !== 'found') throw search.problem;
  expect(search.address).toEqual({ host: second.host, chosenBy: 'DOCKER_HOST' });
  const disk = judgeHost(readHost(search.info), false).find(({ id }) => id === 'disk');
  expect(disk?.state).toBe('problem');
  expect(disk?.detail).toMatch(/^0\.0 GiB are free in .*\/disk; 3 are needed/);
});

it('reports a full disk, and leaves no partial image behind', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'kindlab-logs-'));
  onTestFinished(() => rmSync(logs, { recursive: true }));
  const recipe: Recipe = {
    name: 'test-large',
    title: 'A large image',
    seconds: 1,
    files: {},
    parents: [],
    parameters: {},
    build: async ({ engine, tag, signal }) => {
      const tar = pack();
      tar.entry({ name: 'large' }, Buffer.alloc(100 * 2 ** 20, 1));
      tar.finalize();
      await engine.images.import(toReadable(tar), tag, [], signal);
    },
  };
  const options = {
    engine: second.engine,
    recipes: [recipe],
    readyImages: new Map<string, string>(),
    logs,
    listener: { onRecipe: () => undefined, onLine: () => undefined },
    signal: AbortSignal.timeout(60_000),
  };
  const plan = await planImages(options, [recipe.name]);
  await expect(ensureImages(options, plan)).rejects.toMatchObject({ code: 'LAB_DISK_FULL' });
  expect((await planImages(options, [recipe.name]))[0]?.isReady).toBe(false);
});
