import { CoreV1Api, type KubeConfig, V1Pod } from '@kubernetes/client-node';
import { KubeApi } from '../../sandbox/kube/kube-api.ts';
import { reachedAt, toKubeConfig } from '../../sandbox/clusters/kubeadm-start.ts';
import { ADMIN_CONFIG } from '../../sandbox/clusters/node-commands.ts';
import { API_PORT, nodeName } from '../../sandbox/clusters/node-names.ts';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { until } from './bench.ts';

const NAMESPACE = 'default';
const POD = 'first';
const ASK_MS = 100;

/** What a watch tells of a node or a pod. */
interface WatchEvent {
  type: string;
  object: {
    metadata: { name?: string };
    status?: { conditions?: { type: string; status: string }[] };
  };
}

/** Somebody who uses a cluster from the moment in which its API answers, whatever started it. Disposing it ends all that it asks. */
export class Caller implements Disposable {
  readonly #config: KubeConfig;
  readonly #api: KubeApi;
  readonly #signal: AbortSignal;

  private constructor(config: KubeConfig, signal: AbortSignal) {
    this.#config = config;
    this.#api = new KubeApi(config);
    this.#signal = signal;
  }

  /** The administrator of the cluster whose containers carry this name. */
  static async of(engine: Engine, cluster: string, signal: AbortSignal): Promise<Caller> {
    const id = `${cluster}-${nodeName(0)}`;
    const [{ stdout }, { hostPorts }] = await Promise.all([
      engine.containers.exec(id, ['cat', ADMIN_CONFIG], { signal }),
      engine.containers.inspect(id),
    ]);
    const port = hostPorts[`${API_PORT}/tcp`] ?? '';
    const config = toKubeConfig(reachedAt(stdout, `https://127.0.0.1:${port}`));
    return new Caller(config, signal);
  }

  /** Runs a pod. Resolves when it is Ready. */
  async runPod(): Promise<void> {
    const core = this.#config.makeApiClient(CoreV1Api);
    const container = { name: 'web', image: 'kindlab/web:1', imagePullPolicy: 'Never' };
    const pod = { metadata: { name: POD }, spec: { containers: [container] } };
    const body = Object.assign(new V1Pod(), pod);
    // A cluster that has just begun refuses pods until it knows the namespace's account.
    const create = async (): Promise<boolean> => {
      await core.createNamespacedPod({ namespace: NAMESPACE, body });
      return true;
    };
    await until(create, {
      ...{ what: 'a pod is taken', ms: 60_000, everyMs: ASK_MS, signal: this.#signal },
    });
    await this.#untilReady(`/api/v1/namespaces/${NAMESPACE}/pods`, 1);
  }

  /** Resolves when so many nodes are Ready. */
  async untilNodes(count: number): Promise<void> {
    await this.#untilReady('/api/v1/nodes', count);
  }

  [Symbol.dispose](): void {
    this.#api[Symbol.dispose]();
  }

  async #untilReady(path: string, count: number): Promise<void> {
    const ready = new Set<string>();
    for await (const event of this.#api.watch(path, this.#signal)) {
      const { object } = event as WatchEvent;
      const { name = '' } = object.metadata;
      if (isReady(event)) ready.add(name);
      else ready.delete(name);
      if (ready.size === count) return;
    }
    throw new Error(`the watch of ${path} ended`);
  }
}

/** Whether the node or pod of an event of a watch is Ready. */
export function isReady(event: unknown): boolean {
  const { type, object } = event as WatchEvent;
  if (type === 'DELETED') return false;
  return (object.status?.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}
