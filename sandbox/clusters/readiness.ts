import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Node } from '@kubernetes/client-node';
import { setTimeout } from 'node:timers/promises';
import { nodeName } from './node-names.ts';

const POLL_MS = 100;
/** A server that is still starting may take a connection and say nothing. */
const ASK_MS = 3_000;
const CONTROL_PLANE_LABELS = [
  'node-role.kubernetes.io/control-plane',
  'node.kubernetes.io/exclude-from-external-load-balancers',
];

/** Resolves when the API server answers and says that it is ready. */
export async function untilApiReady(config: KubeConfig, signal: AbortSignal): Promise<void> {
  const api = config.makeApiClient(CoreV1Api);
  await until(signal, async () => {
    await api.readNamespace({ name: 'kube-system' });
    return true;
  });
}

/** Resolves when `nodes` nodes are Ready, names are resolved, and each node knows the way to services. */
export async function untilClusterReady(
  config: KubeConfig,
  nodes: number,
  signal: AbortSignal,
): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const namespace = 'kube-system';
  await until(signal, async () => {
    const { items } = await core.listNode();
    return items.filter(isReady).length >= nodes;
  });
  await until(signal, async () => {
    const [proxies, names] = await Promise.all([
      apps.readNamespacedDaemonSet({ name: 'kube-proxy', namespace }),
      apps.readNamespacedDeployment({ name: 'coredns', namespace }),
    ]);
    return (
      (proxies.status?.numberReady ?? 0) >= nodes && (names.status?.availableReplicas ?? 0) >= 1
    );
  });
}

/** Marks the control plane as one, as kubeadm does: kubelet may not give itself such a label. */
export async function labelControlPlane(config: KubeConfig, signal: AbortSignal): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const body = CONTROL_PLANE_LABELS.map((label) => ({
    op: 'add',
    path: `/metadata/labels/${label.replace('/', '~1')}`,
    value: '',
  }));
  await until(signal, async () => {
    await core.patchNode({ name: nodeName(0), body });
    return true;
  });
}

function isReady(node: V1Node): boolean {
  return (
    node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
    false
  );
}

/** Asks until the answer is yes. An API server that is still starting refuses, resets and forbids: that is no, too. */
async function until(signal: AbortSignal, ask: () => Promise<boolean>): Promise<void> {
  let problem: unknown;
  for (;;) {
    if (signal.aborted) throw new Error('the cluster did not get ready', { cause: problem });
    try {
      if (await Promise.race([ask(), setTimeout(ASK_MS, false, { signal, ref: false })])) return;
    } catch (error) {
      problem = error;
    }
    await setTimeout(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
