import { describe, expect, it } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from '../engine/engine.ts';
import { listLabelled } from '../engine/inventory.ts';
import { KindCluster } from './kind-cluster.ts';

const engine = new Engine();
const { node: image } = testImages();
const bridge = (name: string): string => `klkcte-${name}`;

describe('a start that fails', () => {
  it('rejects and leaves nothing when the image is missing', async () => {
    const start = new KindCluster('kindlab/no-such-image:1')
      .withName('kindlab-kctest-b')
      .withBridge(bridge('b'))
      .start();
    await expect(start).rejects.toMatchObject({ code: 'LAB_CLUSTER_START_FAILED' });
    expect(await listLabelled(engine, ['kindlab.cluster=kindlab-kctest-b'])).toEqual([]);
  });

  it('leaves nothing when it is aborted halfway', async () => {
    const controller = new AbortController();
    const start = new KindCluster(image)
      .withWorkers(1)
      .withName('kindlab-kctest-c')
      .withBridge(bridge('c'))
      .withStageListener((stage, edge) => {
        if (stage === 'nodes' && edge === 'start') setTimeout(() => controller.abort(), 300);
      })
      .start(controller.signal);
    await expect(start).rejects.toThrow(/abort/i);
    expect(await listLabelled(engine, ['kindlab.cluster=kindlab-kctest-c'])).toEqual([]);
  });

  it('times out and leaves nothing', async () => {
    const start = new KindCluster(image)
      .withName('kindlab-kctest-d')
      .withBridge(bridge('d'))
      .withStartupTimeout(3_000)
      .start();
    await expect(start).rejects.toMatchObject({ code: 'LAB_CLUSTER_TIMEOUT' });
    expect(await listLabelled(engine, ['kindlab.cluster=kindlab-kctest-d'])).toEqual([]);
  });
});
