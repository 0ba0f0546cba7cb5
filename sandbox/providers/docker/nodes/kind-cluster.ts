import { randomBytes } from 'node:crypto';
import type { StartedTestContainer } from 'testcontainers';
import { API_PORT, MAX_WORKERS, nodeName } from '../../../clusters/addresses.ts';
import { startByKubeadm } from '../../../clusters/kubeadm-start.ts';
import { startFromTemplate } from '../../../clusters/template-start.ts';
import { LabError, toLabError } from '../../../errors.ts';
import { translateEngineError } from '../engine/engine-errors.ts';
import { Engine } from '../engine/engine.ts';
import { ContainerHandle } from './container-handle.ts';
import { KindNode } from './kind-node.ts';
import { CLUSTER_LABEL, removeCluster, StartedKindCluster } from './started-kind-cluster.ts';

const DEFAULT_STARTUP_TIMEOUT_MS = 180_000;

export type ClusterStage = 'network' | 'nodes' | 'control-plane' | 'workers';

/** Called at the start and the end of each stage of a start. */
export type ClusterStageListener = (stage: ClusterStage, edge: 'start' | 'done') => void;

/**
 * A Kubernetes cluster of containers: one control plane and some workers on their own network,
 * without `--privileged` and without a way out. Used in the manner of testcontainers:
 *
 * ```ts
 * await using cluster = await new KindCluster('kindlab/node:1').withWorkers(2).start();
 * await cluster.kubectl('get', 'nodes');
 * ```
 *
 * The image follows this project's recipe in `sandbox/images/node`. There is no reaper: the caller
 * that starts a cluster stops it, and what a crash leaves behind carries the labels given with
 * {@link withLabels}.
 */
export class KindCluster {
  readonly #image: string;
  #engine = new Engine();
  #name = `kindlab-${randomBytes(4).toString('hex')}`;
  #workers = 2;
  #labels: Record<string, string> = {};
  #bridge = `kl${randomBytes(5).toString('hex')}`;
  #timeoutMs = DEFAULT_STARTUP_TIMEOUT_MS;
  #onStage: ClusterStageListener = () => undefined;
  #isFromTemplate = false;

  constructor(image: string) {
    this.#image = image;
  }

  /** The number of workers beside the control plane: 0 to 5, by default 2. */
  withWorkers(count: number): this {
    if (!Number.isInteger(count) || count < 0 || count > MAX_WORKERS) {
      throw new LabError(
        'LAB_INPUT_INVALID',
        `A cluster has 0 to ${MAX_WORKERS} workers, not ${count}.`,
      );
    }
    this.#workers = count;
    return this;
  }

  /**
   * Boots from the template in the image (`sandbox/images/build/cluster-image.ts`), with its own
   * keys, instead of by kubeadm.
   */
  fromTemplate(): this {
    this.#isFromTemplate = true;
    return this;
  }

  /** The name of its network and the prefix of its containers' names; random by default. */
  withName(name: string): this {
    this.#name = name;
    return this;
  }

  /** The interface of its bridge on the host, at most 15 characters; random by default. */
  withBridge(bridge: string): this {
    this.#bridge = bridge;
    return this;
  }

  /** Adds labels to all its containers and volumes and its network. */
  withLabels(labels: Record<string, string>): this {
    this.#labels = { ...this.#labels, ...labels };
    return this;
  }

  withEngine(engine: Engine): this {
    this.#engine = engine;
    return this;
  }

  /** The time after which a start fails and undoes itself; three minutes by default. */
  withStartupTimeout(timeoutMs: number): this {
    this.#timeoutMs = timeoutMs;
    return this;
  }

  withStageListener(listener: ClusterStageListener): this {
    this.#onStage = listener;
    return this;
  }

  /**
   * Starts the cluster. Resolves when every node is Ready and names and services work. The caller
   * stops the result. A start that fails, takes too long or is aborted has removed everything it
   * made, as far as the engine answers.
   *
   * Errors: `LAB_CLUSTER_START_FAILED`, `LAB_CLUSTER_TIMEOUT`, `LAB_ENGINE_UNREACHABLE`,
   * `LAB_DISK_FULL`; rejects with the signal's reason when aborted.
   */
  async start(signal?: AbortSignal): Promise<StartedKindCluster> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const cleanUp = async (): Promise<void> => removeCluster(this.#engine, this.#name);
    // testcontainers cannot be aborted, but its waits fail as soon as the containers are gone.
    const onAbort = (): void => void cleanUp().catch(() => undefined);
    limit.addEventListener('abort', onAbort, { once: true });
    try {
      const cluster = await this.#start(limit);
      limit.throwIfAborted();
      return cluster;
    } catch (error) {
      await cleanUp().catch(() => undefined);
      signal?.throwIfAborted();
      if (timeout.aborted) {
        const seconds = Math.round(this.#timeoutMs / 1000);
        throw new LabError(
          'LAB_CLUSTER_TIMEOUT',
          `The cluster was not ready after ${seconds} seconds.`,
          { cause: error },
        );
      }
      // testcontainers' errors have not passed through the engine's client.
      throw toLabError(translateEngineError(error), 'LAB_CLUSTER_START_FAILED');
    } finally {
      limit.removeEventListener('abort', onAbort);
    }
  }

  async #start(signal: AbortSignal): Promise<StartedKindCluster> {
    const networkId = await this.#stage('network', async () =>
      this.#engine.networks.create({
        name: this.#name,
        bridge: this.#bridge,
        labels: { ...this.#labels, [CLUSTER_LABEL]: this.#name },
        signal,
      }),
    );
    const containers = await this.#stage('nodes', async () => this.#startNodes(signal));
    const nodes = containers.map(
      (container, index) => new ContainerHandle(this.#engine, container.getId(), nodeName(index)),
    );
    const [controlPlane, ...workers] = nodes;
    const port = containers[0]?.getMappedPort(API_PORT);
    if (controlPlane === undefined || port === undefined) throw new Error('no control plane');
    const startKubernetes = this.#isFromTemplate ? startFromTemplate : startByKubeadm;
    const kubeConfigText = await startKubernetes({
      controlPlane,
      workers,
      address: `https://127.0.0.1:${port}`,
      stage: async (stage, work) => this.#stage(stage, work),
      signal,
    });
    return new StartedKindCluster({
      engine: this.#engine,
      name: this.#name,
      networkId,
      nodes,
      kubeConfigText,
    });
  }

  /** The containers of all nodes, the control plane first. */
  async #startNodes(signal: AbortSignal): Promise<StartedTestContainer[]> {
    const starts = Array.from({ length: this.#workers + 1 }, async (_, index) =>
      new KindNode({
        image: this.#image,
        index,
        cluster: this.#name,
        networkMode: this.#name,
        labels: { ...this.#labels, [CLUSTER_LABEL]: this.#name },
        isAwaited: !this.#isFromTemplate,
      }).start(),
    );
    // The cleanup must not start before every start has ended, or it may miss a container.
    const settled = await Promise.allSettled(starts);
    signal.throwIfAborted();
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason as Error;
      return result.value;
    });
  }

  async #stage<T>(stage: ClusterStage, work: () => Promise<T>): Promise<T> {
    this.#onStage(stage, 'start');
    const result = await work();
    this.#onStage(stage, 'done');
    return result;
  }
}
