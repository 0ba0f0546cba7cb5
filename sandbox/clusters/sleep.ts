import type { KubeConfig } from '@kubernetes/client-node';
import { clockOffsetMs } from '../clock.ts';
import type { NodeHandle } from '../node-handle.ts';
import { runOnNode } from './node-commands.ts';
import { type Leases, markNodes, unmarkNodes, untilRenewed } from './node-marks.ts';
import type { NodePower } from './node-power.ts';
import { untilApiReady } from './readiness.ts';

const FREEZE_MS = 5_000;
const THAW_MS = 5_000;
/** A node that is not heard of for so long has not slept: it is dead, and may be called so. */
const PATIENCE_MS = 30_000;
const UNMARK_MS = 10_000;
/** Less than this is a clock that is being put right, which no controller minds. */
const CLOCK_STEP_MS = 1_000;

export interface ClusterSleepOptions {
  nodes: readonly NodeHandle[];
  kubeConfig: KubeConfig;
  power: Pick<NodePower, 'isOn'>;
}

/** Freezes and wakes the nodes of a cluster that are on, so that everybody sees all of those Ready throughout. */
export class ClusterSleep implements Disposable {
  readonly #nodes: readonly NodeHandle[];
  readonly #config: KubeConfig;
  readonly #power: Pick<NodePower, 'isOn'>;
  /** Kept while nodes are marked. */
  #leases: Leases | undefined;
  #isFrozen = false;
  #settling = new AbortController();
  #clock = clockOffsetMs();

  constructor(options: ClusterSleepOptions) {
    this.#nodes = options.nodes;
    this.#config = options.kubeConfig;
    this.#power = options.power;
  }

  /** Stops all processes of all nodes where they are. When that fails, or `signal` is aborted, all are awake. */
  async freeze(signal: AbortSignal): Promise<void> {
    if (this.#isFrozen) return;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(FREEZE_MS)]);
    this.#settling.abort();
    try {
      this.#leases = await this.#mark(limit);
      await this.#each(async (node) => node.pause());
      limit.throwIfAborted();
      this.#isFrozen = true;
    } catch (error) {
      await this.#each(async (node) => node.unpause()).catch(() => undefined);
      this.#settle();
      throw error;
    }
  }

  /** Lets the nodes go on. Resolves when the API server answers. Rejects when a node does not live, or the API server is silent. */
  async thaw(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(THAW_MS)]);
    this.#isFrozen = false;
    await this.#each(async (node) => node.unpause());
    await untilApiReady(this.#config, limit);
    this.#settle();
  }

  /** A node that is going to be off has not slept, and may be called lost at once: takes its mark off, where it has one. */
  async forget(node: string, signal: AbortSignal): Promise<void> {
    if (this.#leases === undefined) return;
    this.#leases = new Map([...this.#leases].filter(([name]) => name !== node));
    await unmarkNodes(this.#config, (name) => name === node, signal);
    this.#settle();
  }

  [Symbol.dispose](): void {
    this.#settling.abort();
  }

  async #mark(signal: AbortSignal): Promise<Leases> {
    return markNodes(this.#config, (name) => this.#power.isOn(name), signal);
  }

  async #each(work: (node: NodeHandle) => Promise<void>): Promise<void> {
    const on = this.#nodes.filter(({ name }) => this.#power.isOn(name));
    const all = await Promise.allSettled(on.map(work));
    for (const result of all) if (result.status === 'rejected') throw result.reason as Error;
  }

  /** Goes on in the background. What it cannot do, the next freeze and thaw do. */
  #settle(): void {
    this.#settling.abort();
    this.#settling = new AbortController();
    this.#unmark(this.#settling.signal).catch(() => undefined);
  }

  async #unmark(signal: AbortSignal): Promise<void> {
    const clock = clockOffsetMs();
    const isSetBack = this.#clock - clock > CLOCK_STEP_MS;
    if (isSetBack) this.#leases ??= await this.#mark(signal);
    if (this.#leases === undefined) return;
    await this.#untilRenewed(this.#leases, signal);
    if (isSetBack) await this.#restartControllers(signal);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(UNMARK_MS)]);
    await unmarkNodes(this.#config, () => true, limit);
    this.#leases = undefined;
    this.#clock = clock;
  }

  /**
   * Once the clock has been set back, a lease that is renewed says an earlier time than before, which the controllers take for no sign of life: all nodes
   * would be lost until the clock is where it was. Started anew after that, they know of no earlier time.
   */
  async #restartControllers(signal: AbortSignal): Promise<void> {
    const [controlPlane] = this.#nodes;
    if (controlPlane === undefined) return;
    await runOnNode(controlPlane, ['pkill', '-x', 'kube-controller'], { signal });
    await this.#untilRenewed(await this.#mark(signal), signal);
  }

  async #untilRenewed(leases: Leases, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    await untilRenewed(this.#config, leases, limit).catch(() => signal.throwIfAborted());
  }
}
