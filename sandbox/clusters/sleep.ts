import { withTimeout } from '../../src/async.ts';
import { clockOffsetMs } from '../clock.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { NodeHandle } from '../node-handle.ts';
import { runOnNode } from './node-commands.ts';
import { type Leases, markNodes, unmarkNodes, untilRenewed } from './node-marks.ts';
import type { NodePower } from './node-power.ts';
import { untilApiReady } from './readiness.ts';

const FREEZE_MS = 5_000;
const THAW_MS = 5_000;
/** A node that stays silent this long after waking is dead, and may be reported so. */
const PATIENCE_MS = 30_000;
const UNMARK_MS = 10_000;
/** A smaller step of the clock is a correction that no controller minds. */
const CLOCK_STEP_MS = 1_000;

export interface ClusterSleepOptions {
  nodes: readonly NodeHandle[];
  api: KubeApi;
  power: Pick<NodePower, 'isOn'>;
}

/**
 * Freezes and thaws those nodes of a cluster that are on, so that everyone sees them Ready
 * throughout (docs/decisions/0007-sleep.md). Disposing it ends the work in the background.
 */
export class ClusterSleep implements Disposable {
  readonly #nodes: readonly NodeHandle[];
  readonly #api: KubeApi;
  readonly #power: Pick<NodePower, 'isOn'>;
  /** Set while nodes are marked. */
  #leases: Leases | undefined;
  #isFrozen = false;
  #settling = new AbortController();
  #clock = clockOffsetMs();

  constructor(options: ClusterSleepOptions) {
    this.#nodes = options.nodes;
    this.#api = options.api;
    this.#power = options.power;
  }

  /**
   * Stops all processes of the nodes where they are. Rejects, with all nodes awake again, when that
   * fails, takes longer than five seconds, or `signal` is aborted.
   */
  async freeze(signal: AbortSignal): Promise<void> {
    if (this.#isFrozen) return;
    const limit = withTimeout(signal, FREEZE_MS);
    this.#settling.abort();
    try {
      // Set before: a marking that breaks off leaves marks that must be removed, too.
      this.#leases ??= new Map();
      this.#leases = await this.#mark(limit);
      await this.#onEach(async (node) => node.pause());
      limit.throwIfAborted();
      this.#isFrozen = true;
    } catch (error) {
      await this.#onEach(async (node) => node.unpause()).catch(() => undefined);
      this.#settle();
      throw error;
    }
  }

  /**
   * Lets the nodes continue, and resolves when the API server answers. Rejects when a node is gone,
   * when the API server stays silent for five seconds, or when `signal` is aborted.
   */
  async thaw(signal: AbortSignal): Promise<void> {
    const limit = withTimeout(signal, THAW_MS);
    this.#isFrozen = false;
    await this.#onEach(async (node) => node.unpause());
    await untilApiReady(this.#api, limit);
    this.#settle();
  }

  /**
   * Removes the mark of a node that is about to be switched off: that node does not sleep, and its
   * failure must be reported at once. Rejects as {@link unmarkNodes} does.
   */
  async forget(node: string, signal: AbortSignal): Promise<void> {
    if (this.#leases === undefined) return;
    // A removal of marks in the background would put the names back that this one reads.
    this.#settling.abort();
    const leases = new Map([...this.#leases].filter(([name]) => name !== node));
    try {
      await unmarkNodes(this.#api, (name) => name === node, signal);
    } finally {
      this.#leases = leases;
      this.#settle();
    }
  }

  [Symbol.dispose](): void {
    this.#settling.abort();
  }

  async #mark(signal: AbortSignal): Promise<Leases> {
    return markNodes(this.#api, (name) => this.#power.isOn(name), signal);
  }

  async #onEach(work: (node: NodeHandle) => Promise<void>): Promise<void> {
    const on = this.#nodes.filter(({ name }) => this.#power.isOn(name));
    const results = await Promise.allSettled(on.map(work));
    for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
  }

  /** Removes the marks in the background. If that fails, the next freeze and thaw repeat it. */
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
    await unmarkNodes(this.#api, () => true, withTimeout(signal, UNMARK_MS));
    this.#leases = undefined;
    this.#clock = clock;
  }

  /**
   * After the clock was set back, a renewed lease carries an earlier time than before, which the
   * controllers do not take for a sign of life: all nodes would be lost until the clock is back
   * where it was. Restarted after that renewal, the controllers know no earlier time.
   */
  async #restartControllers(signal: AbortSignal): Promise<void> {
    const [controlPlane] = this.#nodes;
    if (controlPlane !== undefined) {
      await runOnNode(controlPlane, ['pkill', '-x', 'kube-controller'], { signal });
    }
    await this.#untilRenewed(await this.#mark(signal), signal);
  }

  /** Gives up on silent nodes after a while, and then resolves. Rejects when aborted. */
  async #untilRenewed(leases: Leases, signal: AbortSignal): Promise<void> {
    const limit = withTimeout(signal, PATIENCE_MS);
    await untilRenewed(this.#api, leases, limit).catch(() => signal.throwIfAborted());
  }
}
