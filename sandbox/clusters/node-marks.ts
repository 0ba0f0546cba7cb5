import { CoordinationV1Api, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { setTimeout as delay } from 'node:timers/promises';

/** While a node carries it, nobody can report that it is not Ready: `kind/policies/static/sleep.yaml` in the node image. */
const ASLEEP = 'kindlab.dev/asleep';
const ASLEEP_PATH = `/metadata/annotations/${ASLEEP.replace('/', '~1')}`;
const POLL_MS = 250;
/** kubelet looks at its container runtime, and the controllers look at the nodes, every 5 s: all have done so once by then. */
const CALM_MS = 6_000;

/** What each node's lease said when it was marked, by the node's name: a lease that says something else has been renewed since. */
export type Leases = ReadonlyMap<string, string>;

/** Which nodes are meant, by name. */
export type NodeChoice = (name: string) => boolean;

/** Marks the nodes that are `chosen` as asleep. Resolves with their leases; a node that has just joined may have none yet. */
export async function markNodes(
  config: KubeConfig,
  chosen: NodeChoice,
  signal: AbortSignal,
): Promise<Leases> {
  const body = [{ op: 'add', path: ASLEEP_PATH, value: 'true' }];
  const nodes = await patchNodes(config, { body, signal, only: chosen });
  const leases = await readLeases(config, signal);
  return new Map(nodes.map((node) => [node, leases.get(node) ?? '']));
}

/** Resolves once every node has been heard of again. Rejects when `signal` is aborted. */
export async function untilRenewed(
  config: KubeConfig,
  leases: Leases,
  signal: AbortSignal,
): Promise<void> {
  await delay(CALM_MS, undefined, { signal, ref: false });
  while (!(await areRenewed(config, leases, signal))) {
    await delay(POLL_MS, undefined, { signal, ref: false });
  }
}

/** Takes the marks off the nodes that are `chosen` and have one. */
export async function unmarkNodes(
  config: KubeConfig,
  chosen: NodeChoice,
  signal: AbortSignal,
): Promise<void> {
  const body = [{ op: 'remove', path: ASLEEP_PATH }];
  const only = (name: string, annotations: Record<string, string>): boolean =>
    chosen(name) && ASLEEP in annotations;
  await patchNodes(config, { body, signal, only });
}

async function areRenewed(
  config: KubeConfig,
  leases: Leases,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const now = await readLeases(config, signal);
    return [...leases].every(([node, renewed]) => now.has(node) && now.get(node) !== renewed);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

async function readLeases(config: KubeConfig, signal: AbortSignal): Promise<Leases> {
  const api = config.makeApiClient(CoordinationV1Api);
  const { items } = await unlessAborted(
    api.listNamespacedLease({ namespace: 'kube-node-lease' }),
    signal,
  );
  return new Map(
    items.map(({ metadata, spec }) => [metadata?.name ?? '', String(spec?.renewTime)]),
  );
}

interface NodePatch {
  body: object[];
  only: (name: string, annotations: Record<string, string>) => boolean;
  signal: AbortSignal;
}

/** Resolves with the names of the nodes. */
async function patchNodes(
  config: KubeConfig,
  { body, only, signal }: NodePatch,
): Promise<string[]> {
  const core = config.makeApiClient(CoreV1Api);
  const { items } = await unlessAborted(core.listNode(), signal);
  const names = items
    .filter(({ metadata }) => only(metadata?.name ?? '', metadata?.annotations ?? {}))
    .map(({ metadata }) => metadata?.name ?? '');
  const patches = names.map(async (name) => core.patchNode({ name, body }));
  await unlessAborted(Promise.all(patches), signal);
  return names;
}

/** The client library cannot be aborted: what it gives later is not waited for. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
