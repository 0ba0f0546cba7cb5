import { CoreV1Api, type KubeConfig, V1Pod } from '@kubernetes/client-node';
import { KindCluster } from '../../sandbox/clusters/kind-cluster.ts';
import { ADMIN_CONFIG, reachedAt, toKubeConfig } from '../../sandbox/clusters/kubeadm-start.ts';
import { API_PORT, nodeName } from '../../sandbox/clusters/node-names.ts';
import { quickCall } from '../../sandbox/engine/engine-errors.ts';
import type { Engine } from '../../sandbox/engine/engine.ts';
import { type Bench, until } from './bench.ts';
import type { KindCli } from './kind-cli.ts';

const WORKERS = 2;
const LIMIT_MS = 180_000;
const ASK_MS = 50;

/** Seconds from nothing, one sample for each start. */
export class ColdTimes {
  /** To a first pod of the caller that is Ready. */
  readonly pod: number[] = [];
  /** To all nodes Ready. */
  readonly nodes: number[] = [];
  /** To the return of what starts the cluster. */
  readonly returned: number[] = [];
  /** To nothing left, from the order to remove it. */
  readonly removed: number[] = [];
}

/** Starts a cluster of this name; calls `onControlPlane` as soon as its API can be asked, and resolves with the way to remove it. */
type Start = (onControlPlane: () => void, signal: AbortSignal) => Promise<() => Promise<void>>;

/** By the `kind` CLI. */
export function byKindCli(cli: KindCli): Start {
  return async (onControlPlane, signal) => {
    const remove = async (): Promise<void> => cli.remove();
    try {
      await cli.create(onControlPlane, signal);
      return remove;
    } catch (error) {
      await remove();
      throw error;
    }
  };
}

/** By our own module; `cluster` makes one of that name. */
export function byKindCluster(cluster: () => KindCluster): Start {
  return async (onControlPlane, signal) => {
    const started = await cluster()
      .withWorkers(WORKERS)
      .withStageListener((stage, edge) => {
        if (stage === 'workers' && edge === 'start') onControlPlane();
      })
      .start(signal);
    return async () => started.stop();
  };
}

/**
 * One cold start, which begins without a container and leaves none: when the control plane is up, a caller asks for a pod and looks at the nodes, in the same way
 * whatever starts the cluster.
 */
export async function measureCold(
  { engine, signal }: Bench,
  { name, start, times }: { name: string; start: Start; times: ColdTimes },
): Promise<void> {
  const began = performance.now();
  const over = new AbortController();
  const limit = AbortSignal.any([signal, over.signal, AbortSignal.timeout(LIMIT_MS)]);
  const isUp = Promise.withResolvers<undefined>();
  const asked = isUp.promise.then(async () => {
    const api = (await reach(engine, name, limit)).makeApiClient(CoreV1Api);
    const toNow = (): number => secondsSince(began);
    return Promise.all([firstPod(api, limit).then(toNow), allNodes(api, limit).then(toNow)]);
  });
  asked.catch(() => undefined);
  const up = (): void => isUp.resolve(undefined);
  try {
    const remove = await start(up, limit);
    const returned = secondsSince(began);
    up();
    try {
      const [pod, nodes] = await asked;
      times.pod.push(pod);
      times.nodes.push(nodes);
      times.returned.push(returned);
    } finally {
      const ordered = performance.now();
      await remove();
      times.removed.push(secondsSince(ordered));
    }
  } finally {
    over.abort();
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}

/** The administrator's way to a cluster whose containers carry this name. */
async function reach(engine: Engine, name: string, signal: AbortSignal): Promise<KubeConfig> {
  const id = `${name}-${nodeName(0)}`;
  const [{ stdout }, { NetworkSettings }] = await Promise.all([
    engine.exec(id, ['cat', ADMIN_CONFIG], { signal }),
    quickCall(async () => engine.docker.getContainer(id).inspect()),
  ]);
  const port = NetworkSettings.Ports[`${API_PORT}/tcp`]?.[0]?.HostPort ?? '';
  return toKubeConfig(reachedAt(stdout, `https://127.0.0.1:${port}`));
}

/** A cluster that has just begun refuses pods until it knows the namespace's account. */
async function firstPod(api: CoreV1Api, signal: AbortSignal): Promise<void> {
  const namespace = 'default';
  const container = { name: 'web', image: 'kindlab/web:1', imagePullPolicy: 'Never' };
  const pod = { metadata: { name: 'first' }, spec: { containers: [container] } };
  const body = Object.assign(new V1Pod(), pod);
  await until(
    async () => {
      await api.createNamespacedPod({ namespace, body });
      return true;
    },
    { what: 'a pod is taken', ...often(signal) },
  );
  await until(
    async () => {
      const { status } = await api.readNamespacedPod({ name: 'first', namespace });
      return isReady(status?.conditions);
    },
    { what: 'the first pod is Ready', ...often(signal) },
  );
}

async function allNodes(api: CoreV1Api, signal: AbortSignal): Promise<void> {
  await until(
    async () => {
      const { items } = await api.listNode();
      return items.filter(({ status }) => isReady(status?.conditions)).length === WORKERS + 1;
    },
    { what: 'all nodes are Ready', ...often(signal) },
  );
}

function often(signal: AbortSignal): { ms: number; everyMs: number; signal: AbortSignal } {
  return { ms: LIMIT_MS, everyMs: ASK_MS, signal };
}

function isReady(conditions: { type: string; status: string }[] = []): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
