import { KindCluster } from '../../sandbox/providers/docker/nodes/kind-cluster.ts';
import { type Bench, cpuOf } from './bench.ts';
import { Caller } from './caller.ts';
import type { KindCli } from './kind-cli.ts';

const WORKERS = 2;
const LIMIT_MS = 180_000;

/** Durations of cold starts in seconds, one sample for each start. */
export class ColdTimes {
  /** Until the caller's first pod is Ready. */
  readonly pod: number[] = [];
  /** Until all nodes are Ready. */
  readonly nodes: number[] = [];
  /** Until the starting command or method returns. */
  readonly returned: number[] = [];
  /** CPU seconds that the nodes had used at the end of all of the above. */
  readonly cpu: number[] = [];
  /** From the order to remove the cluster until nothing is left. */
  readonly removed: number[] = [];
}

/**
 * Starts a cluster. Calls `onControlPlane` once its API answers; resolves with a way to remove it.
 */
type Start = (onControlPlane: () => void, signal: AbortSignal) => Promise<() => Promise<void>>;

/** Starts clusters with the `kind` CLI. */
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

/** Starts clusters with our own module; `cluster` configures each one. */
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
 * Measures one cold start. It starts without a container and leaves none. As soon as the control
 * plane is up, a caller asks for a pod and watches the nodes, the same way for every kind of start.
 */
export async function measureCold(
  { engine, signal }: Bench,
  { name, start, times }: { name: string; start: Start; times: ColdTimes },
): Promise<void> {
  const startedAt = performance.now();
  const over = new AbortController();
  const limit = AbortSignal.any([signal, over.signal, AbortSignal.timeout(LIMIT_MS)]);
  const isUp = Promise.withResolvers<undefined>();
  const calls = isUp.promise.then(async () => {
    using caller = await Caller.of(engine, name, limit);
    const toNow = (): number => secondsSince(startedAt);
    return await Promise.all([
      caller.runPod().then(toNow),
      caller.untilNodes(WORKERS + 1).then(toNow),
    ]);
  });
  calls.catch(() => undefined);
  const up = (): void => isUp.resolve(undefined);
  try {
    const remove = await start(up, limit);
    const returned = secondsSince(startedAt);
    up();
    try {
      const [pod, nodes] = await calls;
      times.cpu.push(await cpuOf(engine, { name: [`^/${name}-`] }));
      times.pod.push(pod);
      times.nodes.push(nodes);
      times.returned.push(returned);
    } finally {
      const orderedAt = performance.now();
      await remove();
      times.removed.push(secondsSince(orderedAt));
    }
  } finally {
    over.abort();
  }
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}
