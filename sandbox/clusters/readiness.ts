import { until } from '../../src/async.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { isReady, type KubeObject } from '../kube/kube-object.ts';
import { nodeName } from './addresses.ts';

const POLL_MS = 100;
/** An API server that is still starting may accept a connection and never answer. */
const ATTEMPT_MS = 3_000;
const CONTROL_PLANE_LABELS = {
  'node-role.kubernetes.io/control-plane': '',
  'node.kubernetes.io/exclude-from-external-load-balancers': '',
};

interface DaemonSet extends KubeObject {
  status?: { numberReady?: number };
}

interface Deployment extends KubeObject {
  status?: { availableReplicas?: number };
}

/** Resolves when the API server answers. Rejects when `signal` is aborted. */
export async function untilApiReady(api: KubeApi, signal: AbortSignal): Promise<void> {
  await untilTrue(signal, async (limit) => {
    await api.get('/api/v1/namespaces/kube-system', limit);
    return true;
  });
}

/**
 * Resolves when `nodes` nodes are Ready, cluster DNS answers, and kube-proxy runs on each node.
 * Rejects when `signal` is aborted.
 */
export async function untilClusterReady(
  api: KubeApi,
  nodes: number,
  signal: AbortSignal,
): Promise<void> {
  await untilTrue(signal, async (limit) => {
    const { items } = await api.list('/api/v1/nodes', limit);
    return items.filter(isReady).length >= nodes;
  });
  const apps = '/apis/apps/v1/namespaces/kube-system';
  await untilTrue(signal, async (limit) => {
    const [proxies, dns] = (await Promise.all([
      api.get(`${apps}/daemonsets/kube-proxy`, limit),
      api.get(`${apps}/deployments/coredns`, limit),
    ])) as [DaemonSet, Deployment];
    return (proxies.status?.numberReady ?? 0) >= nodes && (dns.status?.availableReplicas ?? 0) >= 1;
  });
}

/**
 * Labels the control plane as kubeadm does: kubelet may not give itself such labels. Rejects when
 * `signal` is aborted.
 */
export async function labelControlPlane(api: KubeApi, signal: AbortSignal): Promise<void> {
  await untilTrue(signal, async (limit) => {
    const body = { metadata: { labels: CONTROL_PLANE_LABELS } };
    await api.patch(`/api/v1/nodes/${nodeName(0)}`, body, limit);
    return true;
  });
}

/** An API server that is still starting refuses, resets and forbids: all of that counts as no. */
async function untilTrue(
  signal: AbortSignal,
  ask: (limit: AbortSignal) => Promise<boolean>,
): Promise<void> {
  let cause: unknown;
  const attempt = async (limit: AbortSignal): Promise<boolean> => {
    try {
      return await ask(limit);
    } catch (error) {
      cause = error;
      return false;
    }
  };
  try {
    await until(attempt, { signal, pollMs: POLL_MS, attemptMs: ATTEMPT_MS });
  } catch {
    throw new Error('the cluster did not become ready', { cause });
  }
}
