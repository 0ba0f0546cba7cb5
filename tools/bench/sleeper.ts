import { setTimeout as delay } from 'node:timers/promises';
import { KubeApi } from '../../sandbox/kube/kube-api.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { Semaphore, withTimeout } from '../../src/async.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { RealProvider } from '../support/real-provider.ts';
import type { Bench } from './bench.ts';
import { isReady } from './caller.ts';

const WORKERS = 2;
/**
 * Longer than kubelet accepts silence from its container runtime, and longer than the controllers
 * accept silence from a node.
 */
const ASLEEP_MS = 35_000;
/** Problems after waking show within this time. */
const WATCHED_MS = 20_000;
const SETTLE_MS = 10_000;
const CALL_MS = 30_000;
const NOT_READY_COUNTS = '{range .items[?(@.reason=="NodeNotReady")]}{.count} {end}';

export interface SleeperOptions {
  /** How long each sleep lasts. */
  asleepMs?: number;
  /** Limits how many sandboxes wake at once. */
  thaws?: Semaphore;
}

/** A sandbox that is frozen and woken while a watch follows its nodes. The caller disposes it. */
export class Sleeper implements AsyncDisposable {
  /** Milliseconds from the order to wake until kubectl answers in the workstation. */
  readonly answers: number[] = [];
  /** Milliseconds from the order to wake until the API server answers. */
  readonly awake: number[] = [];
  /** Milliseconds that a freeze takes. */
  readonly freezes: number[] = [];
  /** How many times a node was seen not Ready, while frozen and afterwards. */
  readonly notReady: number[] = [];
  /** How many events NodeNotReady each sleep added. */
  readonly notReadyEvents: number[] = [];
  readonly #provider: RealProvider;
  readonly #sandbox: Sandbox;
  readonly #signal: AbortSignal;
  readonly #options: Required<SleeperOptions>;

  private constructor(
    provider: RealProvider,
    sandbox: Sandbox,
    { signal, ...options }: Required<SleeperOptions> & Pick<Bench, 'signal'>,
  ) {
    this.#provider = provider;
    this.#sandbox = sandbox;
    this.#signal = signal;
    this.#options = options;
  }

  static async start(
    { images, signal }: Bench,
    { asleepMs = ASLEEP_MS, thaws = new Semaphore(1) }: SleeperOptions = {},
  ): Promise<Sleeper> {
    const provider = new RealProvider('bench', images);
    try {
      const sandbox = await provider.start(profileSchema.parse({ workers: WORKERS }));
      await delay(SETTLE_MS, undefined, { signal });
      return new Sleeper(provider, sandbox, { signal, asleepMs, thaws });
    } catch (error) {
      await provider[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Freezes the sandbox, runs `meanwhile`, and wakes it. */
  async sleep(meanwhile: () => Promise<void> = async () => Promise.resolve()): Promise<void> {
    using api = new KubeApi(this.#sandbox.cluster.kubeConfig);
    const eventsBefore = await this.#countNotReadyEvents();
    const watching = new AbortController();
    const watched = this.#watch(api, AbortSignal.any([this.#signal, watching.signal]));
    watched.catch(() => undefined);
    try {
      const asleep = await this.#freeze();
      await meanwhile();
      const rest = Math.max(0, asleep + this.#options.asleepMs - performance.now());
      await delay(rest, undefined, { signal: this.#signal });
      await this.#options.thaws.run(async () => this.#wake());
      await delay(WATCHED_MS, undefined, { signal: this.#signal });
    } finally {
      watching.abort();
    }
    const notReady = await watched;
    const events = (await this.#countNotReadyEvents()) - eventsBefore;
    this.notReady.push(notReady);
    this.notReadyEvents.push(events);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider[Symbol.asyncDispose]();
  }

  async #freeze(): Promise<number> {
    const start = performance.now();
    await this.#sandbox.freeze(this.#limit());
    this.freezes.push(performance.now() - start);
    return performance.now();
  }

  async #wake(): Promise<void> {
    const start = performance.now();
    await this.#sandbox.thaw(this.#limit());
    this.awake.push(performance.now() - start);
    const argv = ['kubectl', 'get', 'nodes', '--no-headers'];
    const { output } = await this.#sandbox.workstation.exec(argv, { signal: this.#limit() });
    this.answers.push(performance.now() - start);
    if (output.match(/ Ready /g)?.length === WORKERS + 1) return;
    throw new Error(`not all nodes are Ready after waking:\n${output}`);
  }

  async #countNotReadyEvents(): Promise<number> {
    const argv = ['kubectl', 'get', 'events', '-A', `-o=jsonpath=${NOT_READY_COUNTS}`];
    const { output } = await this.#sandbox.workstation.exec(argv, { signal: this.#limit() });
    return output.split(' ').reduce((sum, count) => sum + Number(count), 0);
  }

  /**
   * Counts reports of nodes that are not Ready until aborted. Rejects when the watch ends by
   * itself.
   */
  async #watch(api: KubeApi, signal: AbortSignal): Promise<number> {
    let count = 0;
    try {
      for await (const event of api.watch('/api/v1/nodes', signal)) {
        if (!isBookmark(event) && !isReady(event)) count += 1;
      }
    } catch (error) {
      if (signal.aborted) return count;
      throw error;
    }
    throw new Error('the watch of the nodes ended');
  }

  #limit(): AbortSignal {
    return withTimeout(this.#signal, CALL_MS);
  }
}

function isBookmark(event: unknown): boolean {
  return (event as { type: string }).type === 'BOOKMARK';
}
