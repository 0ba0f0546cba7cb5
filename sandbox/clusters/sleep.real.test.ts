import { CoordinationV1Api, CoreV1Api, Watch } from '@kubernetes/client-node';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Engine } from '../../sandbox/engine/engine.ts';
import { testImages } from '../../tests/support/images.ts';
import { KindCluster, type StartedKindCluster } from './kind-cluster.ts';

/** Longer than kubelet trusts its container runtime unheard (30 s), and the controllers kubelet (20 s). */
const ASLEEP_MS = 35_000;
const HOUR_MS = 60 * 60 * 1000;
const GRACE_MS = 20_000;

interface Observed {
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string; reason?: string }[] };
}

/** Whatever is said of nodes and system pods that were Ready and are not. */
async function observe(cluster: StartedKindCluster): Promise<Disposable & { trouble: string[] }> {
  const trouble: string[] = [];
  const watch = new Watch(cluster.kubeConfig);
  const onEvent = (_type: string, { metadata, status }: Observed): void => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return;
    trouble.push(`${metadata.name} is ${ready?.status ?? 'unknown'}: ${ready?.reason ?? ''}`);
  };
  const paths = ['/api/v1/nodes', '/api/v1/namespaces/kube-system/pods'];
  const calls = await Promise.all(
    paths.map(async (path) => watch.watch(path, {}, onEvent, () => undefined)),
  );
  return {
    trouble,
    [Symbol.dispose]: () => {
      for (const call of calls) call.abort();
    },
  };
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
      cluster.nodes.map(async ({ container }) =>
        engine.docker.getContainer(container.getId()).stats({ stream: false }),
      ),
    );
    return stats.reduce((sum, { cpu_stats: { cpu_usage } }) => sum + cpu_usage.total_usage, 0);
  };

  const isMarked = async (): Promise<boolean> =>
    (await cluster.kubectl('get', 'nodes', '-o', 'yaml')).includes('kindlab.dev/asleep');

  const restarts = async (): Promise<string> =>
    cluster.kubectl(
      ...['get', 'pods', '--all-namespaces', '--sort-by=.metadata.name', '--output'],
      'jsonpath={range .items[*]}{.metadata.name}={.status.containerStatuses[0].restartCount} {end}',
    );

  it('takes no CPU, and wakes with all nodes Ready throughout', { timeout: 120_000 }, async () => {
    using seen = await observe(cluster);
    const before = await restarts();

    await cluster.freeze(AbortSignal.timeout(10_000));
    const cpu = await cpuSeconds();
    await delay(ASLEEP_MS);
    expect(await cpuSeconds()).toBe(cpu);

    await cluster.thaw(AbortSignal.timeout(10_000));
    const core = cluster.kubeConfig.makeApiClient(CoreV1Api);
    const { items } = await core.listNode();
    expect(items).toHaveLength(3);
    await vi.waitUntil(async () => !(await isMarked()), { timeout: 30_000, interval: 500 });
    // kubelet reports every 10 s.
    await delay(12_000);
    expect(seen.trouble).toEqual([]);
    expect(await restarts()).toBe(before);
  });

  it(
    'is as good as before when it is frozen and woken at once, and again',
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
    const api = cluster.kubeConfig.makeApiClient(CoordinationV1Api);
    const namespace = 'kube-node-lease';
    const ahead = new Date(Date.now() + HOUR_MS).toISOString().replace('Z', '000Z');
    const body = [{ op: 'replace', path: '/spec/renewTime', value: ahead }];
    for (const { name } of cluster.nodes) await api.patchNamespacedLease({ namespace, name, body });
    using seen = await observe(cluster);
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
    // They are started anew.
    const others = seen.trouble.filter((line) => !line.startsWith('kube-controller-manager'));
    expect(others).toEqual([]);
  });

  it('says that it cannot wake when a node is gone', { timeout: 60_000 }, async () => {
    await cluster.freeze(AbortSignal.timeout(10_000));
    await engine.removeContainer(cluster.node('worker2').container.getId());
    await expect(cluster.thaw(AbortSignal.timeout(10_000))).rejects.toThrow(/no such container/i);
  });
});
