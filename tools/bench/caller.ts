import { CoreV1Api, type KubeConfig, V1Pod } from '@kubernetes/client-node';
import { KubeApi } from '../../sandbox/kube/kube-api.ts';
import { reachedAt, toKubeConfig } from '../../sandbox/clusters/kubeadm-start.ts';
import { ADMIN_CONFIG } from '../../sandbox/clusters/node-commands.ts';
import { API_PORT, nodeName } from '../../sandbox/clusters/addresses.ts';
import type { Engine } from '../../sandbox/providers/docker/engine/engine.ts';
import { until } from '../../src/async.ts';

const NAMESPACE = 'default';
const POD = 'first';
const POLL_MS = 100;
const CREATE_MS = 60_000;
const ATTEMPT_MS = 10_000;

/** An event of a watch of nodes or pods. */
interface WatchEvent {
  type: string;
  object: {
    metadata: { name?: string };
    status?: { conditions?: { type: string; status: string }[] };
  };
}

/**
 * Uses a cluster from the moment its API answers, whichever way it was started. Disposing it ends
 * all its calls.
 */
export class Caller implements Disposable {
  readonly #config: KubeConfig;
  readonly #api: KubeApi;
  readonly #signal: AbortSignal;

  private constructor(config: KubeConfig, signal: AbortSignal) {
    this.#config = config;
    this.#api = new KubeApi(config);
    this.#signal = signal;
  }

  /** Calls as the administrator of the cluster whose containers have this name prefix. */
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

  /** Runs a pod and resolves when it is Ready. */
  async runPod(): Promise<void> {
    const core = this.#config.makeApiClient(CoreV1Api);
    const container = { name: 'web', image: 'kindlab/web:1', imagePullPolicy: 'Never' };
    const pod = { metadata: { name: POD }, spec: { containers: [container] } };
    const body = Object.assign(new V1Pod(), pod);
    // A new cluster refuses pods until the namespace's service account exists.
    const create = async (): Promise<boolean> => {
      await core.createNamespacedPod({ namespace: NAMESPACE, body });
      return true;
    };
    await until(create, {
      what: 'the API server accepts a pod',
      signal: this.#signal,
      pollMs: POLL_MS,
      timeoutMs: CREATE_MS,
      attemptMs: ATTEMPT_MS,
    });
    await this.#untilReady(`/api/v1/namespaces/${NAMESPACE}/pods`, 1);
  }

  /** Resolves when `count` nodes are Ready. */
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

/** Whether a watch event shows its node or pod as Ready. */
export function isReady(event: unknown): boolean {
  const { type, object } = event as WatchEvent;
  if (type === 'DELETED') return false;
  return (object.status?.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}
