import type { KubeConfig } from '@kubernetes/client-node';
import { randomBytes, X509Certificate } from 'node:crypto';
import type { StartedTestContainer } from 'testcontainers';
import { translateEngineError } from '../engine/engine-errors.ts';
import { Engine } from '../engine/engine.ts';
import { listLabelled, removeBelongings } from '../engine/inventory.ts';
import { LabError, toLabError } from '../../../errors.ts';
import type { ClusterAccess } from '../../../kube/cluster-access.ts';
import { KubeApi } from '../../../kube/kube-api.ts';
import { ContainerHandle } from './container-handle.ts';
import { KindNode } from './kind-node.ts';
import { API_PORT, MAX_WORKERS, nodeName } from '../../../clusters/addresses.ts';
import { runKubectl, runOnNode } from '../../../clusters/node-commands.ts';
import { NodePower } from '../../../clusters/node-power.ts';
import { startByKubeadm, toKubeConfig } from '../../../clusters/kubeadm-start.ts';
import { ClusterSleep } from '../../../clusters/sleep.ts';
import { startFromTemplate } from '../../../clusters/template-start.ts';

/** Names the cluster that a container or network belongs to. */
const CLUSTER_LABEL = 'kindlab.cluster';

const DEFAULT_STARTUP_TIMEOUT_MS = 180_000;
/** Those that kubelet makes for itself end up to an hour before the administrator's. */
const EARLIER_MS = 60 * 60 * 1000;

export type ClusterStage = 'network' | 'nodes' | 'control-plane' | 'workers';

/** Called at the beginning and the end of each stage of a start. */
export type ClusterStageListener = (stage: ClusterStage, edge: 'start' | 'done') => void;

/**
 * A Kubernetes cluster of containers: one control plane and some workers on a network of their own, without `--privileged` and without a way
 * out. In the manner of testcontainers:
 *
 * ```ts
 * await using cluster = await new KindCluster('kindlab/node:1').withWorkers(2).start();
 * await cluster.kubectl('get', 'nodes');
 * ```
 *
 * The image follows this project's recipe in `sandbox/images/node`. Nothing depends on a reaper: whoever starts a cluster stops it, and what a
 * crash leaves carries the labels given with {@link withLabels}.
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

  /** How many workers join the control plane: 0 to 5, by default 2. */
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

  /** Boots from the template that the image holds (`sandbox/images/build/cluster-image.ts`), with keys of its own, instead of by kubeadm. */
  fromTemplate(): this {
    this.#isFromTemplate = true;
    return this;
  }

  /** The prefix of all its containers' names and the name of its network; by default a random one. */
  withName(name: string): this {
    this.#name = name;
    return this;
  }

  /** The interface of its bridge on the host, at most 15 characters; by default a random one. */
  withBridge(bridge: string): this {
    this.#bridge = bridge;
    return this;
  }

  /** Labels for every container and network of it. */
  withLabels(labels: Record<string, string>): this {
    this.#labels = { ...this.#labels, ...labels };
    return this;
  }

  withEngine(engine: Engine): this {
    this.#engine = engine;
    return this;
  }

  /** After this many milliseconds a start gives up and undoes itself; by default three minutes. */
  withStartupTimeout(timeoutMs: number): this {
    this.#timeoutMs = timeoutMs;
    return this;
  }

  withStageListener(listener: ClusterStageListener): this {
    this.#onStage = listener;
    return this;
  }

  /**
   * Starts the cluster. Resolves when every node is Ready, and names and services work. The caller stops the result. A start that fails, takes too long or is
   * aborted has removed all it made, as far as the engine answers. Errors: `LAB_CLUSTER_START_FAILED`, `LAB_CLUSTER_TIMEOUT`, `LAB_ENGINE_UNREACHABLE`, `LAB_DISK_FULL`.
   */
  async start(signal?: AbortSignal): Promise<StartedKindCluster> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const cleanUp = async (): Promise<void> => removeCluster(this.#engine, this.#name);
    // testcontainers cannot be aborted; without their containers its waits fail at once.
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
      // What testcontainers throws has not been through the engine's client.
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
    // Every start must be over before anyone cleans up, or a container may be made behind the broom.
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

interface StartedKindClusterParts {
  engine: Engine;
  name: string;
  networkId: string;
  nodes: readonly ContainerHandle[];
  kubeConfigText: string;
}

/** A running cluster. Stop it, or let `await using` do so. */
export class StartedKindCluster implements ClusterAccess, AsyncDisposable {
  readonly name: string;
  readonly networkId: string;
  /** The control plane first. */
  readonly nodes: readonly ContainerHandle[];
  /** To stop and start workers; not while the cluster is frozen. */
  readonly power: NodePower;
  /** Its API as administrator. Stopping the cluster ends all calls. */
  readonly api: KubeApi;
  readonly #engine: Engine;
  readonly #kubeConfigText: string;
  readonly #sleep: ClusterSleep;

  constructor(parts: StartedKindClusterParts) {
    this.#engine = parts.engine;
    this.name = parts.name;
    this.networkId = parts.networkId;
    this.nodes = parts.nodes;
    this.#kubeConfigText = parts.kubeConfigText;
    const { nodes } = parts;
    this.power = new NodePower({
      nodes,
      beforeStop: async (node, signal) => this.#sleep.forget(node, signal),
    });
    this.api = new KubeApi(this.kubeConfig);
    this.#sleep = new ClusterSleep({ nodes, api: this.api, power: this.power });
  }

  get controlPlane(): ContainerHandle {
    return this.node('control-plane');
  }

  /** The node of this name. Throws when there is none. */
  node(name: string): ContainerHandle {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name} in ${this.name}`);
    return found;
  }

  /** The administrator's kubeconfig, for use on the host: its server is a port of 127.0.0.1. A secret. */
  getKubeConfig(): string {
    return this.#kubeConfigText;
  }

  get kubeConfig(): KubeConfig {
    return toKubeConfig(this.#kubeConfigText);
  }

  /** From then on its certificates are no longer valid, one after the other. */
  get validUntil(): Date {
    const pem = Buffer.from(this.kubeConfig.getCurrentUser()?.certData ?? '', 'base64');
    const { validToDate } = new X509Certificate(pem);
    return new Date(validToDate.getTime() - EARLIER_MS);
  }

  /**
   * Stops all processes of all nodes where they are: no CPU from then on. A freeze that fails, takes longer than five seconds or is aborted leaves the
   * cluster awake.
   */
  async freeze(signal: AbortSignal): Promise<void> {
    await this.#sleep.freeze(signal);
  }

  /**
   * Lets frozen nodes go on, all of them Ready throughout; that others run is made sure of. Resolves when the API server answers. Rejects when a node
   * does not live, or the API server is silent for five seconds.
   */
  async thaw(signal: AbortSignal): Promise<void> {
    await this.#sleep.thaw(signal);
  }

  /** kubectl as administrator, on the control plane. Throws `NodeCommandError`. */
  async kubectl(...argv: string[]): Promise<string> {
    return runKubectl(this.controlPlane, argv);
  }

  /**
   * A kubeconfig for a user inside the cluster's network, signed by the cluster's CA.
   *
   * @param groups what RBAC knows the user by
   */
  async createUserKubeConfig(user: string, groups: readonly string[]): Promise<string> {
    return runOnNode(this.controlPlane, [
      ...['kubeadm', 'kubeconfig', 'user', '--config=/run/kubeadm.yaml'],
      `--client-name=${user}`,
      ...groups.map((group) => `--org=${group}`),
    ]);
  }

  /** Removes all nodes with their volumes, and the network. Stopping twice is harmless. */
  async stop(): Promise<void> {
    this.#sleep[Symbol.dispose]();
    this.api[Symbol.dispose]();
    await removeCluster(this.#engine, this.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function removeCluster(engine: Engine, name: string): Promise<void> {
  await removeBelongings(engine, await listLabelled(engine, [`${CLUSTER_LABEL}=${name}`]));
}
