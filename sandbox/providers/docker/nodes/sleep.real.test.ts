import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Engine } from '../engine/engine.ts';
import { runOnNode } from '../../../clusters/node-commands.ts';
import type { ClusterEvent } from '../../../kube/cluster-event.ts';
import { KubeApi } from '../../../kube/kube-api.ts';
import { testImages } from '../../../../tools/support/images.ts';
import { KindCluster } from './kind-cluster.ts';
import type { StartedKindCluster } from './started-kind-cluster.ts';

/**
 * Longer than kubelet trusts its container runtime unheard (30 s), and the controllers kubelet (20
 * s).
 */
const ASLEEP_MS = 35_000;
const HOUR_MS = 60 * 60 * 1000;
const GRACE_MS = 20_000;

interface Observed {
  object: {
    metadata: { name: string };
    status?: { conditions?: { type: string; status: string; reason?: string }[] };
  };
}

interface Observation extends Disposable {
  /** Whatever was said of nodes and system pods that are not Ready. */
  trouble: string[];
  /** How much was said of nodes. */
  events: number;
}

/** Follows the nodes and the system's pods. A watch that ends is trouble, too. */
function observe(cluster: StartedKindCluster): Observation {
  const api = new KubeApi(cluster.kubeConfig);
  const { signal } = new AbortController();
  const seen = {
    trouble: [] as string[],
    events: 0,
    [Symbol.dispose]: () => api[Symbol.dispose](),
  };
  const follow = async (path: string): Promise<void> => {
    for await (const line of api.watch(path, signal)) {
      const { metadata, status } = (line as Observed).object;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (path.endsWith('nodes')) seen.events += 1;
      if (ready === undefined || ready.status === 'True') continue;
      seen.trouble.push(`${metadata.name} is ${ready.status}: ${ready.reason ?? ''}`);
    }
    seen.trouble.push(`the watch of ${path} ended`);
  };
  for (const path of ['/api/v1/nodes', '/api/v1/namespaces/kube-system/pods']) {
    follow(path).catch((error: unknown) => seen.trouble.push(String(error)));
  }
  return seen;
}

describe('a cluster that sleeps', () => {
  const engine = new Engine();
  let cluster: StartedKindCluster;

  beforeAll(async () => {
    cluster = await new KindCluster(testImages().node).withEngine(engine).fromTemplate().start();
    await cluster.kubectl(
      ...['--namespace=kube-system', 'wait', 'pods', '--all', '--for=condition=Ready'],
      '--timeout=60s',
    );
    await vi.waitUntil(async () => (await leases()).length === 3, {
      timeout: 30_000,
      interval: 500,
    });
  }, 180_000);

  afterAll(async () => {
    await cluster.stop();
  }, 60_000);

  const leases = async (): Promise<string[]> => {
    const names = await cluster.kubectl('-n', 'kube-node-lease', 'get', 'leases', '-o', 'name');
    return names.trim().split('\n');
  };

  const cpuSeconds = async (): Promise<number> => {
    const stats = await Promise.all(
      cluster.nodes.map(async ({ id }) => engine.containers.usage(id)),
    );
    return stats.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  };

  const isMarked = async (): Promise<boolean> =>
    (await cluster.kubectl('get', 'nodes', '-o', 'yaml')).includes('kindlab.dev/asleep');

  /** The nodes of which the cluster has recorded that they are not Ready. */
  const notReadyEvents = async (): Promise<string[]> => {
    const { items } = await cluster.api.list('/api/v1/events', AbortSignal.timeout(10_000));
    return (items as ClusterEvent[])
      .filter(({ reason }) => reason === 'NodeNotReady')
      .map(({ involvedObject, count }) => `${involvedObject?.name ?? ''}: ${count ?? 1}`);
  };

  const restarts = async (): Promise<string> =>
    cluster.kubectl(
      ...['get', 'pods', '--all-namespaces', '--sort-by=.metadata.name', '--output'],
      'jsonpath={range .items[*]}{.metadata.name}={.status.containerStatuses[0].restartCount} {end}',
    );

  it('takes no CPU, and wakes with all nodes Ready throughout', { timeout: 120_000 }, async () => {
    using seen = observe(cluster);
    const before = await restarts();

    await cluster.freeze(AbortSignal.timeout(10_000));
    const cpu = await cpuSeconds();
    await delay(ASLEEP_MS);
    expect(await cpuSeconds()).toBe(cpu);

    const beforeThaw = seen.events;
    await cluster.thaw(AbortSignal.timeout(10_000));
    const { items } = await cluster.api.list('/api/v1/nodes', AbortSignal.timeout(5_000));
    expect(items).toHaveLength(3);
    await vi.waitUntil(async () => !(await isMarked()), { timeout: 30_000, interval: 500 });
    // kubelet reports every 10 s.
    await delay(12_000);
    expect(seen.trouble).toEqual([]);
    // Three marks that were taken off, at least: the watch has lived through it.
    expect(seen.events - beforeThaw).toBeGreaterThanOrEqual(3);
    expect(await restarts()).toBe(before);
  });

  it('records no failure of a node that only slept', { timeout: 120_000 }, async () => {
    // kubelet finds its container runtime silent for too long if its status report comes before the
    // runtime's first answer. Whether it does is chance; a runtime that wakes late makes it
    // certain.
    const signalRuntime = async (name: string): Promise<void> => {
      await runOnNode(cluster.node('worker'), ['pkill', `-${name}`, '-x', 'containerd']);
    };
    const before = await notReadyEvents();
    await signalRuntime('STOP');
    await cluster.freeze(AbortSignal.timeout(10_000));
    await delay(ASLEEP_MS);
    await cluster.thaw(AbortSignal.timeout(10_000));
    await delay(3_000);
    await signalRuntime('CONT');
    await vi.waitUntil(async () => !(await isMarked()), { timeout: 30_000, interval: 500 });
    await delay(12_000);
    expect(await notReadyEvents()).toEqual(before);
  });

  it(
    'survives being frozen and woken several times without a pause',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 3; round++) {
        await cluster.freeze(AbortSignal.timeout(10_000));
        await cluster.freeze(AbortSignal.timeout(10_000));
        await cluster.thaw(AbortSignal.timeout(10_000));
        await cluster.thaw(AbortSignal.timeout(10_000));
      }
      await vi.waitUntil(async () => !(await isMarked()), { timeout: 30_000, interval: 500 });
    },
  );

  it('does not lose its nodes when the clock is set back', { timeout: 120_000 }, async () => {
    // The clock was an hour ahead until now.
    const ahead = new Date(Date.now() + HOUR_MS).toISOString().replace('Z', '000Z');
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const body = { spec: { renewTime: ahead } };
    const limit = AbortSignal.timeout(10_000);
    for (const { name } of cluster.nodes) await cluster.api.patch(`${leases}/${name}`, body, limit);
    using seen = observe(cluster);
    await delay(1_000);

    const real = Date.now.bind(Date);
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() - HOUR_MS);
    try {
      await cluster.thaw(AbortSignal.timeout(10_000));
      await vi.waitUntil(async () => !(await isMarked()), { timeout: 60_000, interval: 500 });
    } finally {
      clock.mockRestore();
    }
    await delay(GRACE_MS + 8_000);
    // They start again.
    const others = seen.trouble.filter((line) => !line.startsWith('kube-controller-manager'));
    expect(others).toEqual([]);
  });

  it('rejects a wake when a node is gone', { timeout: 60_000 }, async () => {
    await cluster.freeze(AbortSignal.timeout(10_000));
    await engine.containers.remove(cluster.node('worker2').id);
    await expect(cluster.thaw(AbortSignal.timeout(10_000))).rejects.toThrow(/no such container/i);
  });
});
