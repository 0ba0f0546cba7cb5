import { LabError } from '../errors.ts';
import type { NodeHandle } from '../node-handle.ts';
import { nodeName } from './addresses.ts';

export interface NodePowerOptions {
  nodes: readonly NodeHandle[];
  /** Called while the node still runs. */
  beforeStop: (node: string, signal: AbortSignal) => Promise<void>;
}

/**
 * Switches the nodes of a cluster off and on. A worker that is off keeps its disk, name, keys and
 * address, and rejoins by itself once it is on. Callers make one change at a time, and only while
 * the cluster is awake.
 */
export class NodePower {
  readonly #nodes: readonly NodeHandle[];
  readonly #beforeStop: NodePowerOptions['beforeStop'];
  readonly #off = new Set<string>();

  constructor(options: NodePowerOptions) {
    this.#nodes = options.nodes;
    this.#beforeStop = options.beforeStop;
  }

  isOn(node: string): boolean {
    return !this.#off.has(node);
  }

  /**
   * Cuts a worker's power. Resolves when all its processes have ended, with whether it was on; the
   * cluster has not noticed by then.
   * Errors: `LAB_NODE_UNKNOWN`, `LAB_NODE_VITAL`, `LAB_ENGINE_UNREACHABLE`; rejects with the
   * signal's reason when aborted.
   */
  async stop(name: string, signal: AbortSignal): Promise<boolean> {
    const node = this.#find(name);
    if (name === nodeName(0)) {
      throw new LabError('LAB_NODE_VITAL', `${name} cannot be stopped: it is the whole cluster.`);
    }
    if (this.#off.has(name)) return false;
    await this.#beforeStop(name, signal);
    signal.throwIfAborted();
    // Before the kill: even if it fails, nothing may wait for this node.
    this.#off.add(name);
    await node.kill();
    return true;
  }

  /**
   * Restores a worker's power. Resolves when the node boots, with whether it was off; some seconds
   * later it is Ready.
   * Errors: `LAB_NODE_UNKNOWN`, `LAB_ENGINE_UNREACHABLE`; rejects with the signal's reason when
   * aborted.
   */
  async start(name: string, signal: AbortSignal): Promise<boolean> {
    const node = this.#find(name);
    signal.throwIfAborted();
    if (!this.#off.has(name)) return false;
    await node.start();
    this.#off.delete(name);
    return true;
  }

  #find(name: string): NodeHandle {
    const found = this.#nodes.find((node) => node.name === name);
    if (found !== undefined) return found;
    const names = this.#nodes.map((node) => node.name).join(', ');
    throw new LabError('LAB_NODE_UNKNOWN', `There is no node "${name.slice(0, 80)}".`, {
      hint: `The nodes are ${names}.`,
    });
  }
}
