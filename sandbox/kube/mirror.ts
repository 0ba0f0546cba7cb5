import { delay } from '../../src/async.ts';
import type { Log } from '../telemetry/log.ts';
import { isNotFound, type KubeApi, KubeStatusError } from './kube-api.ts';
import { shorten, type KubeObject } from './kube-object.ts';
import { findResource, listPath, type Resource } from './resources.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** Fewer failures in a row are a hiccup: the known objects still count. */
const FAILURES_TO_BREAK = 3;
const NO_KIND_RETRY_MS = 1_500;
/** A watch that lasted longer worked: it restarts at once, and its end is a first failure. */
const SHORT_WATCH_MS = 1_000;

/**
 * `none`: the cluster has no such kind (yet). `broken`: the API server does not answer; the objects
 * are the last known ones.
 */
export type MirrorState =
  { state: 'syncing' | 'ready' | 'none' } | { state: 'broken'; problem: string };

export interface MirrorOptions {
  api: KubeApi;
  apiVersion: string;
  kind: string;
  /** Only this namespace; undefined means all but the cluster's own. */
  namespace?: string | undefined;
  log: Log;
  /** An object was added or changed, or is gone; or, without an object, the state changed. */
  onChange: (object?: KubeObject, isGone?: boolean) => void;
  /** Drops the fields that are never read. */
  trim: (object: KubeObject) => KubeObject;
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubeObject & { code?: number; message?: string };
}

/**
 * A copy of all objects of one kind, kept current by LIST and WATCH until `signal` is aborted. It
 * keeps trying whatever happens, and does not report an unchanged object again.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #objects = new Map<string, KubeObject>();
  #state: MirrorState = { state: 'syncing' };
  #resource: Resource | undefined;
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  get state(): MirrorState {
    return this.#state;
  }

  /** Where the kind is served; undefined until it is found. */
  get resource(): Resource | undefined {
    return this.#resource;
  }

  objects(): KubeObject[] {
    return [...this.#objects.values()];
  }

  /** Resolves once `signal` is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#turn(signal);
      await delay(waitMs, signal).catch(() => undefined);
    }
  }

  /** One LIST, if needed, and one WATCH until it ends. Resolves with the time to the next turn. */
  async #turn(signal: AbortSignal): Promise<number> {
    const began = performance.now();
    try {
      const resource = (this.#resource ??= await findResource(
        this.#options.api,
        this.#options,
        signal,
      ));
      if (resource === undefined) return this.#forget();
      const path = listPath(resource, this.#options.namespace);
      await this.#list(path, signal);
      await this.#watch(path, signal);
      return performance.now() - began < SHORT_WATCH_MS ? SHORT_WATCH_MS : 0;
    } catch (error) {
      if (performance.now() - began > SHORT_WATCH_MS) this.#failures = 0;
      return signal.aborted ? 0 : this.#fail(error);
    }
  }

  async #list(path: string, signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion !== undefined) return;
    const { items, resourceVersion } = await this.#options.api.list(path, signal);
    signal.throwIfAborted();
    const uids = new Set(items.map((item) => item.metadata.uid));
    for (const object of this.objects()) if (!uids.has(object.metadata.uid)) this.#remove(object);
    for (const item of items) this.#put(item);
    this.#resourceVersion = resourceVersion;
    this.#setReady();
  }

  async #watch(path: string, signal: AbortSignal): Promise<void> {
    const version = encodeURIComponent(this.#resourceVersion ?? '');
    const url = `${path}${path.includes('?') ? '&' : '?'}resourceVersion=${version}`;
    for await (const line of this.#options.api.watch(url, signal)) {
      signal.throwIfAborted();
      const { type, object } = line as WatchEvent;
      if (type === 'ERROR') throw new KubeStatusError(object.code ?? 500, object.message ?? '');
      this.#setReady();
      if (type === 'DELETED') this.#remove(object);
      else if (type !== 'BOOKMARK') this.#put(object);
      this.#resourceVersion = object.metadata.resourceVersion;
    }
  }

  #put(object: KubeObject): void {
    const { uid, resourceVersion } = object.metadata;
    const known = this.#objects.get(uid)?.metadata.resourceVersion;
    if (known !== undefined && known === resourceVersion) return;
    const trimmed = this.#options.trim(object);
    this.#objects.set(uid, trimmed);
    this.#options.onChange(trimmed);
  }

  #remove(object: KubeObject): void {
    if (this.#objects.delete(object.metadata.uid)) this.#options.onChange(object, true);
  }

  #setReady(): void {
    if (this.#state.state !== 'ready') this.#setState({ state: 'ready' });
  }

  /** The cluster has no such kind. */
  #forget(): number {
    this.#resourceVersion = undefined;
    for (const object of this.objects()) this.#remove(object);
    if (this.#state.state !== 'none') this.#setState({ state: 'none' });
    return NO_KIND_RETRY_MS;
  }

  #fail(error: unknown): number {
    this.#failures += 1;
    // While lists succeed, the known objects are at most as old as the last retry.
    const wasListed = this.#resourceVersion !== undefined;
    // A new list shows what changed without a watch.
    this.#resourceVersion = undefined;
    if (isNotFound(error)) this.#resource = undefined;
    if (!wasListed && this.#failures >= FAILURES_TO_BREAK) {
      const reason = error instanceof Error ? error.message : String(error);
      const { kind, log } = this.#options;
      if (this.#state.state !== 'broken') log.warn({ kind, reason }, 'a cluster does not answer');
      this.#setState({ state: 'broken', problem: describeTrouble(reason) });
    }
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
    // Jitter, so that mirrors that lost the same server do not all return at once.
    return waitMs * (0.75 + Math.random() / 2);
  }

  #setState(state: MirrorState): void {
    this.#state = state;
    this.#options.onChange();
  }
}

/** Text for learners: it is not their mistake, and Kindlab recovers by itself. */
export function describeTrouble(reason: string): string {
  const what = shorten(reason, 200);
  return `The cluster's API does not answer as it should (${what}). Kindlab keeps trying.`;
}
