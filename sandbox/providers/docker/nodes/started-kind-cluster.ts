import type { KubeConfig } from '@kubernetes/client-node';
import { X509Certificate } from 'node:crypto';
import { nodeName } from '../../../clusters/addresses.ts';
import { toKubeConfig } from '../../../clusters/kubeadm-start.ts';
import { runKubectl, runOnNode } from '../../../clusters/node-commands.ts';
import { NodePower } from '../../../clusters/node-power.ts';
import { ClusterSleep } from '../../../clusters/sleep.ts';
import type { ClusterAccess } from '../../../kube/cluster-access.ts';
import { KubeApi } from '../../../kube/kube-api.ts';
import type { Engine } from '../engine/engine.ts';
import { listLabelled, removeBelongings } from '../engine/inventory.ts';
import type { ContainerHandle } from './container-handle.ts';

/** Names the cluster that a container or network belongs to. */
export const CLUSTER_LABEL = 'kindlab.cluster';

/** kubelets' own certificates expire up to an hour before the administrator's. */
const EARLIER_EXPIRY_MS = 60 * 60 * 1000;

export interface StartedKindClusterParts {
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
  /** Stops and starts workers. Not to be used while the cluster is frozen. */
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
    return this.node(nodeName(0));
  }

  /** The node of this name. Throws when there is none. */
  node(name: string): ContainerHandle {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name} in ${this.name}`);
    return found;
  }

  /** The administrator's kubeconfig for the host: its server is a port of 127.0.0.1. A secret. */
  getKubeConfig(): string {
    return this.#kubeConfigText;
  }

  get kubeConfig(): KubeConfig {
    return toKubeConfig(this.#kubeConfigText);
  }

  /** When the first of its certificates expires. */
  get validUntil(): Date {
    const pem = Buffer.from(this.kubeConfig.getCurrentUser()?.certData ?? '', 'base64');
    const { validToDate } = new X509Certificate(pem);
    return new Date(validToDate.getTime() - EARLIER_EXPIRY_MS);
  }

  /**
   * Stops all processes of all nodes where they are, so that they use no CPU. A freeze that fails,
   * takes longer than five seconds or is aborted leaves the cluster awake.
   */
  async freeze(signal: AbortSignal): Promise<void> {
    await this.#sleep.freeze(signal);
  }

  /**
   * Lets the nodes continue; all of them appear Ready throughout. Harmless for nodes that run.
   * Resolves when the API server answers. Rejects when a node is gone, or when the API server does
   * not answer within five seconds.
   */
  async thaw(signal: AbortSignal): Promise<void> {
    await this.#sleep.thaw(signal);
  }

  /** Runs kubectl as administrator on the control plane. Rejects with a `NodeCommandError`. */
  async kubectl(...argv: string[]): Promise<string> {
    return runKubectl(this.controlPlane, argv);
  }

  /**
   * A kubeconfig for a user inside the cluster's network, signed by the cluster's CA.
   *
   * @param groups the user's groups in RBAC
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

/** Removes the containers, volumes and network of a cluster. Harmless when they are gone. */
export async function removeCluster(engine: Engine, name: string): Promise<void> {
  await removeBelongings(engine, await listLabelled(engine, [`${CLUSTER_LABEL}=${name}`]));
}
