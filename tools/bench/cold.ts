import { KindCluster } from '../../sandbox/providers/docker/nodes/kind-cluster.ts';
import { type Bench, cpuOf } from './bench.ts';
import { Caller } from './caller.ts';
import type { KindCli } from './kind-cli.ts';

const WORKERS = 2;
const LIMIT_MS = 180_000;

/** Seconds from nothing, one sample for each start. */
export class ColdTimes {
  /** To a first pod of the caller that is Ready. */
  readonly pod: number[] = [];
  /** To all nodes Ready. */
  readonly nodes: number[] = [];
  /** To the return of what starts the cluster. */
  readonly returned: number[] = [];
  /** Seconds of CPU that its nodes had taken when all of that had come. */
  readonly cpu: number[] = [];
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
    using caller = await Caller.of(engine, name, limit);
    const toNow = (): number => secondsSince(began);
    return await Promise.all([
      caller.runPod().then(toNow),
      caller.untilNodes(WORKERS + 1).then(toNow),
    ]);
  });
  asked.catch(() => undefined);
  const up = (): void => isUp.resolve(undefined);
  try {
    const remove = await start(up, limit);
    const returned = secondsSince(began);
    up();
    try {
      const [pod, nodes] = await asked;
      times.cpu.push(await cpuOf(engine, { name: [`^/${name}-`] }));
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
