import type { KubeConfig } from '@kubernetes/client-node';
import type { Log } from '../telemetry/log.ts';
import { trimEvent } from './cluster-event.ts';
import { isNotFound, KubeApi } from './kube-api.ts';
import { SYSTEM_NAMESPACES, type KubeObject } from './kube-object.ts';
import { Mirror } from './mirror.ts';
import { findResource, listPath } from './resources.ts';

export interface ClusterMirrorsOptions {
  kubeConfig: KubeConfig;
  log: Log;
  /** An object of the mirror was added or changed, or `isGone`; without one, its state changed. */
  onChange: (mirror: Mirror, object: KubeObject | undefined, isGone: boolean) => void;
}

/** Objects of one kind in one namespace. */
export interface KindQuery {
  apiVersion: string;
  kind: string;
  namespace: string;
}

/** The objects of a kind; `namespaced` is undefined when the cluster has no such kind. */
export interface KindObjects {
  namespaced: boolean | undefined;
  objects: KubeObject[];
}

/**
 * Mirrors of the kinds that a reader of one cluster needs, over their own connections. Disposing
 * them ends all watches and closes the connections.
 */
export class ClusterMirrors implements AsyncDisposable {
  readonly #options: ClusterMirrorsOptions;
  readonly #api: KubeApi;
  readonly #life = new AbortController();
  readonly #mirrors = new Map<string, Mirror>();
  #runs: Promise<void>[] = [];

  constructor(options: ClusterMirrorsOptions) {
    this.#options = options;
    this.#api = new KubeApi(options.kubeConfig);
  }

  /**
   * The mirror that covers the query; queries may share one. A mirror holds all namespaces but the
   * cluster's own, each of which gets a mirror of itself. Only those made before {@link start} run.
   */
  of({ apiVersion, kind, namespace }: KindQuery): Mirror {
    const scope = SYSTEM_NAMESPACES.includes(namespace) ? namespace : undefined;
    const key = [apiVersion, kind, scope ?? ''].join(' ');
    const known = this.#mirrors.get(key);
    if (known !== undefined) return known;
    const isEvent = apiVersion === 'v1' && kind === 'Event';
    const mirror: Mirror = new Mirror({
      api: this.#api,
      apiVersion,
      kind,
      namespace: scope,
      log: this.#options.log,
      trim: isEvent ? trimEvent : trimManagedFields,
      onChange: (object, isGone) => this.#options.onChange(mirror, object, isGone === true),
    });
    this.#mirrors.set(key, mirror);
    return mirror;
  }

  start(): void {
    this.#runs = [...this.#mirrors.values()].map((mirror) => mirror.run(this.#life.signal));
  }

  /** What the mirror of the query knows now. */
  known(query: KindQuery): KindObjects {
    const mirror = this.of(query);
    const namespaced = mirror.state.state === 'none' ? undefined : mirror.resource?.namespaced;
    return { namespaced, objects: mirror.objects() };
  }

  /**
   * Like {@link known}, but with the query's own namespace listed again. Rejects as the calls of
   * {@link KubeApi} do.
   */
  async fresh(query: KindQuery, signal: AbortSignal): Promise<KindObjects> {
    const mirror = this.of(query);
    const resource = mirror.resource ?? (await findResource(this.#api, query, signal));
    if (resource === undefined) return { namespaced: undefined, objects: mirror.objects() };
    const { namespaced } = resource;
    try {
      const { items } = await this.#api.list(listPath(resource, query.namespace), signal);
      const others = mirror
        .objects()
        .filter(({ metadata }) => namespaced && metadata.namespace !== query.namespace);
      return { namespaced, objects: [...others, ...items.map(trimManagedFields)] };
    } catch (error) {
      // The kind was removed after it was found.
      if (!isNotFound(error)) throw error;
      return { namespaced: undefined, objects: mirror.objects() };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the mirrors were disposed'));
    this.#api[Symbol.dispose]();
    await Promise.all(this.#runs);
  }
}

/** Without the record of who set which field: it is half of an object's size, and never read. */
function trimManagedFields(object: KubeObject): KubeObject {
  const metadata: KubeObject['metadata'] & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}
