import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testImages } from '../../../../tools/support/images.ts';
import { Engine } from '../engine/engine.ts';
import { LabError } from '../../../errors.ts';
import { KindCluster } from './kind-cluster.ts';
import type { StartedKindCluster } from './started-kind-cluster.ts';

const WORKER = 'worker2';
const signal = AbortSignal.timeout(600_000);

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: { conditions?: { type: string; status: string }[] };
}

interface Node {
  metadata: { uid: string; creationTimestamp: string };
  spec: { podCIDR?: string };
  status: {
    addresses: object[];
    conditions: { type: string; status: string }[];
    nodeInfo: { machineID: string };
  };
}

describe('a worker that loses its power', () => {
  const engine = new Engine();
  let cluster: StartedKindCluster;
  let before: Node;

  const node = async (): Promise<Node> =>
    JSON.parse(await cluster.kubectl('get', 'node', WORKER, '-o', 'json')) as Node;

  /** How many times the cluster recorded that the worker is not Ready. */
  const notReadyEvents = async (): Promise<string> =>
    cluster.kubectl(
      ...['get', 'events', '--output=jsonpath={.items[*].count}'],
      `--field-selector=reason=NodeNotReady,involvedObject.name=${WORKER}`,
    );

  const isReady = ({ status }: Pick<Node | Pod, 'status'>): boolean =>
    status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

  const pods = async (): Promise<Pod[]> => {
    const text = await cluster.kubectl('get', 'pods', '-l', 'app=web', '-o', 'json');
    return (JSON.parse(text) as { items: Pod[] }).items;
  };

  const serving = async (): Promise<Pod[]> =>
    (await pods()).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);

  /** Resolves with the seconds that it took. */
  const until = async (what: string, ask: () => Promise<boolean>): Promise<number> => {
    const start = performance.now();
    await vi.waitUntil(ask, { timeout: 120_000, interval: 500 });
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    process.stdout.write(`${what}: ${seconds} s\n`);
    return seconds;
  };

  const isRunning = async (): Promise<boolean> => {
    const id = cluster.node(WORKER).id;
    return (await engine.containers.inspect(id)).isRunning;
  };

  beforeAll(async () => {
    cluster = await new KindCluster(testImages().node).withEngine(engine).fromTemplate().start();
    await cluster.kubectl('create', 'deployment', 'web', '--image=kindlab/web:1', '--replicas=4');
    await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    before = await node();
  }, 180_000);

  afterAll(async () => {
    await cluster.stop();
  }, 60_000);

  it('must exist and must not be the control plane', async () => {
    const codeOf = async (promise: Promise<unknown>): Promise<string> =>
      promise.then(
        () => 'none',
        (error: unknown) => (error as LabError).code,
      );
    expect(await codeOf(cluster.power.stop('control-plane', signal))).toBe('LAB_NODE_VITAL');
    expect(await codeOf(cluster.power.stop('worker9', signal))).toBe('LAB_NODE_UNKNOWN');
    expect(await codeOf(cluster.power.start('../worker', signal))).toBe('LAB_NODE_UNKNOWN');
    expect(await cluster.power.start(WORKER, signal)).toBe(false);
  });

  it('becomes NotReady, and its pods are replaced on the other', { timeout: 180_000 }, async () => {
    expect((await pods()).filter(({ spec }) => spec.nodeName === WORKER)).not.toEqual([]);
    expect(await cluster.power.stop(WORKER, signal)).toBe(true);
    expect(await cluster.power.stop(WORKER, signal)).toBe(false);
    expect(await isRunning()).toBe(false);
    expect(isReady(await node())).toBe(true);
    const lost = await until('stop → NotReady', async () => !isReady(await node()));
    expect(lost).toBeGreaterThan(5);
    const replaced = await until('NotReady → replaced', async () => (await serving()).length === 4);
    expect(lost + replaced).toBeLessThan(75);
    for (const { spec } of await serving()) expect(spec.nodeName).toBe('worker');
  });

  it('stays off while the cluster sleeps and wakes', { timeout: 120_000 }, async () => {
    await cluster.freeze(AbortSignal.timeout(10_000));
    await cluster.thaw(AbortSignal.timeout(10_000));
    expect(await isRunning()).toBe(false);
    expect(isReady(await node())).toBe(false);
    await vi.waitUntil(
      async () => !(await cluster.kubectl('get', 'nodes', '-o', 'yaml')).includes('dev/asleep'),
      { timeout: 40_000, interval: 500 },
    );
    expect(await serving()).toHaveLength(4);
  });

  it('rejoins by itself as the same node', { timeout: 180_000 }, async () => {
    expect(await cluster.power.start(WORKER, signal)).toBe(true);
    expect(await cluster.power.start(WORKER, signal)).toBe(false);
    const back = await until('start → Ready', async () => isReady(await node()));
    expect(back).toBeLessThan(60);
    const after = await node();
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.creationTimestamp).toBe(before.metadata.creationTimestamp);
    expect(after.status.addresses).toEqual(before.status.addresses);
    // What was on it is cleared away, and it takes pods again.
    await until('start → old pods gone', async () => (await pods()).length === 4);
    await cluster.kubectl('scale', 'deployment/web', '--replicas=8');
    await until('pods on it serve', async () => (await serving()).length === 8);
    expect((await serving()).some(({ spec }) => spec.nodeName === WORKER)).toBe(true);
    // Reached over the wire from the other nodes. Without a time limit of its own: with -T,
    // Debian's static busybox crashes.
    const hosts = new Set<string>();
    const deadline = performance.now() + 30_000;
    const pod = (await serving()).find(({ spec }) => spec.nodeName === 'worker')!;
    await cluster.kubectl('expose', 'deployment/web', '--port=80', '--target-port=8080');
    const ip = await cluster.kubectl('get', 'service/web', '-o=jsonpath={.spec.clusterIP}');
    while (hosts.size < 8 && performance.now() < deadline) {
      const text = await cluster.kubectl(
        ...['exec', pod.metadata.name, '--', 'wget', '-qO-', `http://${ip}`],
      );
      hosts.add(text.split('\n')[0] ?? '');
    }
    expect(hosts.size).toBe(8);
  });

  it(
    'that is killed right after a wake becomes NotReady at once',
    { timeout: 180_000 },
    async () => {
      const events = await notReadyEvents();
      await cluster.freeze(AbortSignal.timeout(10_000));
      await cluster.thaw(AbortSignal.timeout(10_000));
      expect(await cluster.power.stop(WORKER, signal)).toBe(true);
      expect(
        await until('woken, stop → NotReady', async () => !isReady(await node())),
      ).toBeLessThan(35);
      expect(await notReadyEvents()).not.toBe(events);
      await cluster.freeze(AbortSignal.timeout(10_000));
      await cluster.power.start(WORKER, signal).catch(() => undefined);
      await cluster.thaw(AbortSignal.timeout(10_000));
      await until('woken, start → Ready', async () => isReady(await node()));
    },
  );
});
