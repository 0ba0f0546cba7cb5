import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from '../engine/engine.ts';
import { openHost } from '../firewall.ts';
import { clusterImages } from '../../../images/cluster-images.ts';
import { planImages } from '../../../images/ensure-images.ts';
import { recipes } from '../../../images/recipes.ts';
import type { SandboxProvider } from '../../../provider.ts';
import { createLog } from '../../../telemetry/log.ts';
import type { ReadyEngine } from './image-growth.ts';
import { prepare } from './prepare.ts';
import { prepareImages } from './prepare-images.ts';
import { Stages } from '../../../preparation/stages.ts';

it('is ready in seconds when all images are built, and uses those that set-up built', async () => {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  const install = 'setup001';
  const signal = AbortSignal.timeout(60_000);
  let prepared: ReadyEngine | undefined;
  onTestFinished(async () => {
    rmSync(home, { recursive: true });
    if (prepared === undefined) return;
    await openHost(prepared.engine, { install, image: prepared.images().node, signal });
  });
  const preparation = prepare({
    config: { home, installEngine: false, readyImages: new Map() },
    install,
    log: createLog('silent'),
    signal,
    createProvider: async (found) => {
      prepared = found;
      return Promise.resolve({} as SandboxProvider);
    },
  });
  await preparation.provider;
  expect(prepared?.images()).toEqual(testImages());
  expect(preparation.status().growth).toBeUndefined();
  const { state, stages } = preparation.status();
  expect(state).toBe('ready');
  expect(stages.map(({ id }) => id)).toEqual(['engine', 'host', 'firewall']);
  expect(stages.reduce((total, { seconds }) => total + seconds, 0)).toBeLessThan(30);
});

it('builds only the template when a ready node image is named', async () => {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-'));
  const engine = new Engine();
  const planned = await planImages({ engine, recipes, readyImages: new Map() }, ['node']);
  const node = planned.find(({ recipe }) => recipe.name === 'node')?.tag ?? '';
  const ready = `elsewhere.example/kindlab-node:${process.pid}`;
  const created: string[] = [ready];
  onTestFinished(async () => {
    rmSync(home, { recursive: true });
    for (const tag of created) await engine.images.remove(tag);
  });
  await engine.images.tag(node, ready);
  const readyImages = new Map([
    ['node', ready],
    ['workstation', testImages().workstation],
  ]);
  const stages = new Stages();
  const { images } = await prepareImages({
    config: { home, installEngine: false, readyImages },
    // A machine may have the link before this one, and sessions would start from that.
    chain: clusterImages.filter(({ recipe }) => recipe === 'cluster'),
    stages,
    log: createLog('silent'),
    signal: AbortSignal.timeout(150_000),
  });
  created.push(images.node);
  expect(stages.status().stages.map(({ id }) => id)).toEqual(['engine', 'host', 'image-cluster']);
  expect(images.node).not.toBe(testImages().node);
  expect(await engine.images.has(images.node)).toBe(true);
});
