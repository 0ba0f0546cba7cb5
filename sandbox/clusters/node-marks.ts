import { delay, until } from '../../src/async.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { KubeObject } from '../kube/kube-object.ts';

/**
 * The mark of a sleeping node. While a node carries it, no report can make the node anything but
 * Ready. The namespace of node events carries it with the names of all sleeping nodes; no event can
 * say that they are not Ready. The node image has both policies: `kind/policies/static/sleep.yaml`.
 */
const ASLEEP = 'kindlab.dev/asleep';
const NODES = '/api/v1/nodes';
const EVENT_NAMESPACE = '/api/v1/namespaces/default';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const POLL_MS = 250;
/** kubelet checks its container runtime and the controllers check the nodes every 5 s. */
const CALM_MS = 6_000;

/** What each node's lease said when the node was marked, by name. Any other content is newer. */
export type Leases = ReadonlyMap<string, string>;

/** Selects nodes by name. */
export type NodeFilter = (name: string) => boolean;

interface Lease extends KubeObject {
  spec?: { renewTime?: string };
}

/**
 * Marks the selected nodes as asleep, and no others. Resolves with their leases; a node that has
 * just joined may not have one yet. Rejects as the calls of {@link KubeApi} do.
 */
export async function markNodes(
  api: KubeApi,
  isSelected: NodeFilter,
  signal: AbortSignal,
): Promise<Leases> {
  const { items } = await api.list(NODES, signal);
  const names = items.map(({ metadata }) => metadata.name).filter(isSelected);
  await Promise.all([
    annotate(api, EVENT_NAMESPACE, names.join(',') || null, signal),
    ...names.map(async (name) => annotate(api, `${NODES}/${name}`, 'true', signal)),
  ]);
  const leases = await readLeases(api, signal);
  return new Map(names.map((name) => [name, leases.get(name) ?? '']));
}

/**
 * Resolves once every node has renewed its lease and all its watchers have looked again. An API
 * server that does not answer is asked again. Rejects with the reason when `signal` is aborted.
 */
export async function untilRenewed(
  api: KubeApi,
  leases: Leases,
  signal: AbortSignal,
): Promise<void> {
  await delay(CALM_MS, signal);
  const areRenewed = async (): Promise<boolean> => {
    const now = await readLeases(api, signal);
    return [...leases].every(([node, renewed]) => now.has(node) && now.get(node) !== renewed);
  };
  await until(areRenewed, { signal, pollMs: POLL_MS });
}

/** Removes the marks of the selected nodes. Rejects as the calls of {@link KubeApi} do. */
export async function unmarkNodes(
  api: KubeApi,
  isSelected: NodeFilter,
  signal: AbortSignal,
): Promise<void> {
  const { items } = await api.list(NODES, signal);
  const marked = items
    .filter(({ metadata }) => ASLEEP in (metadata.annotations ?? {}))
    .map(({ metadata }) => metadata.name);
  const remaining = marked.filter((name) => !isSelected(name));
  await Promise.all([
    annotate(api, EVENT_NAMESPACE, remaining.join(',') || null, signal),
    ...marked
      .filter(isSelected)
      .map(async (name) => annotate(api, `${NODES}/${name}`, null, signal)),
  ]);
}

async function annotate(
  api: KubeApi,
  path: string,
  value: string | null,
  signal: AbortSignal,
): Promise<void> {
  await api.patch(path, { metadata: { annotations: { [ASLEEP]: value } } }, signal);
}

async function readLeases(api: KubeApi, signal: AbortSignal): Promise<Leases> {
  const { items } = await api.list(LEASES, signal);
  return new Map(
    (items as Lease[]).map(({ metadata, spec }) => [metadata.name, spec?.renewTime ?? '']),
  );
}
