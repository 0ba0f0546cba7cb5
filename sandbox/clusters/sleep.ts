import { CoordinationV1Api, CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { setTimeout as delay } from 'node:timers/promises';

/** While a Ready node carries it, nobody can report that it is not: `kind/policies/static/sleep.yaml` in the node image. */
const ASLEEP = 'kindlab.dev/asleep';
const ASLEEP_PATH = `/metadata/annotations/${ASLEEP.replace('/', '~1')}`;
const POLL_MS = 500;
/** The controllers look at the nodes every 5 s, and kubelet at its container runtime: all have looked once by then. */
const CALM_MS = 6_000;
/** A node that is not heard of after this long has not slept: it is dead, and may be called so. */
const PATIENCE_MS = 30_000;

/** When each node's lease says that it was renewed, by the node's name. */
export type Leases = ReadonlyMap<string, Date>;

/** Marks all nodes as asleep. Resolves with their leases. Rejects with the signal's reason when aborted. */
export async function markAsleep(
  config: KubeConfig,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<Leases> {
  const core = config.makeApiClient(CoreV1Api);
  const body = [{ op: 'add', path: ASLEEP_PATH, value: 'true' }];
  const marks = nodes.map(async (name) => core.patchNode({ name, body }));
  await abortable(Promise.all(marks), signal);
  return readLeases(config, signal);
}

/**
 * Takes the marks off once every node has been heard of since `before`, or has been silent for half a minute. Resolves when that is done; the cluster is of
 * use meanwhile. Rejects when `signal` is aborted.
 */
export async function unmarkWhenCalm(
  config: KubeConfig,
  before: Leases,
  signal: AbortSignal,
): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  await delay(CALM_MS, undefined, { signal, ref: false });
  for (;;) {
    try {
      const now = await readLeases(config, signal);
      const isHeardOf = ([name, renewed]: [string, Date]): boolean =>
        now.get(name)?.getTime() !== renewed.getTime();
      if ([...before].every(isHeardOf) || performance.now() > patience) {
        await unmark(config, signal);
        return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() > patience) throw error;
    }
    await delay(POLL_MS, undefined, { signal, ref: false });
  }
}

/** Whether the clock says less than it did when one of these leases was renewed. */
export function isAhead(leases: Leases): boolean {
  return [...leases.values()].some((renewed) => renewed.getTime() > Date.now());
}

async function unmark(config: KubeConfig, signal: AbortSignal): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const { items } = await abortable(core.listNode(), signal);
  const body = [{ op: 'remove', path: ASLEEP_PATH }];
  const marked = items.filter(({ metadata }) => metadata?.annotations?.[ASLEEP] !== undefined);
  const removals = marked.map(async ({ metadata }) =>
    core.patchNode({ name: metadata?.name ?? '', body }),
  );
  await abortable(Promise.all(removals), signal);
}

async function readLeases(config: KubeConfig, signal: AbortSignal): Promise<Leases> {
  const api = config.makeApiClient(CoordinationV1Api);
  const list = api.listNamespacedLease({ namespace: 'kube-node-lease' });
  const { items } = await abortable(list, signal);
  return new Map(
    items.map(({ metadata, spec }) => [metadata?.name ?? '', new Date(spec?.renewTime ?? 0)]),
  );
}

/** The client cannot be aborted; what it still gives is not waited for. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
