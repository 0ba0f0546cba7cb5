import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import type { ResourceQuery } from '../../src/protocol/lab.ts';
import type { Log } from '../telemetry/log.ts';
import type { Sight } from './answer.ts';
import { trimEvent } from './explain.ts';
import { KubeApi, KubeStatusError } from '../kube/kube-api.ts';
import { SYSTEM_NAMESPACES, type KubeObject } from '../kube/kube-object.ts';
import { Mirror } from '../kube/mirror.ts';
import { toNews } from '../picture/news.ts';
import { drawNode } from '../picture/picture-node.ts';
import { drawPod } from '../picture/picture-pod.ts';
import { drawService, serviceOf } from '../picture/picture-service.ts';
import { Picture, toPicture } from '../picture/picture.ts';
import { findResource, listPath } from '../kube/resources.ts';

export interface ClusterViewOptions {
  kubeConfig: KubeConfig;
  log: Log;
  onPicture: (change: ClusterChange) => void;
  /** Something in this mirror changed: its objects, or its state. */
  onChange: (mirror: Mirror) => void;
}

type Kind = Pick<ResourceQuery, 'apiVersion' | 'kind' | 'namespace'>;

/** Mirrors of the kinds that somebody asks about, over connections of its own. Starts nothing before {@link start}. */
export class ClusterView implements AsyncDisposable {
  readonly #options: ClusterViewOptions;
  readonly #api: KubeApi;
  readonly #life = new AbortController();
  readonly #mirrors = new Map<string, Mirror>();
  readonly #picture: Picture;
  #runs: Promise<void>[] = [];
  #isDrawn = false;
  readonly nodes: Mirror;
  readonly pods: Mirror;
  readonly events: Mirror;
  readonly #services: Mirror;
  readonly #slices: Mirror;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    this.#api = new KubeApi(options.kubeConfig);
    this.#picture = new Picture(options.onPicture);
    const core = { apiVersion: 'v1', namespace: 'default' };
    this.nodes = this.mirrorOf({ ...core, kind: 'Node' });
    this.pods = this.mirrorOf({ ...core, kind: 'Pod' });
    this.events = this.mirrorOf({ ...core, kind: 'Event' });
    this.#services = this.mirrorOf({ ...core, kind: 'Service' });
    const discovery = { apiVersion: 'discovery.k8s.io/v1', namespace: 'default' };
    this.#slices = this.mirrorOf({ ...discovery, kind: 'EndpointSlice' });
  }

  /** The mirror that has this kind; made when first asked for, which must be before {@link start}. */
  mirrorOf({ apiVersion, kind, namespace }: Kind): Mirror {
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
      onChange: (object, isGone) => this.#onChange(mirror, object, isGone === true),
    });
    this.#mirrors.set(key, mirror);
    return mirror;
  }

  start(): void {
    this.#runs = [...this.#mirrors.values()].map((mirror) => mirror.run(this.#life.signal));
  }

  /** The picture as far as it is known. */
  picture(): ClusterObject[] {
    return toPicture({
      nodes: this.nodes.objects(),
      pods: this.pods.objects(),
      services: this.#services.objects(),
      slices: this.#slices.objects(),
    });
  }

  /** What `mirror` and its neighbours know now. */
  sightOf(mirror: Mirror): Sight {
    return {
      namespaced: mirror.state.state === 'none' ? undefined : mirror.resource?.namespaced,
      objects: mirror.objects(),
      pods: this.pods.objects(),
      events: this.events.objects(),
    };
  }

  /** The same as {@link sightOf}, with what is asked about listed anew. Rejects if the API server does not answer. */
  async look(query: ResourceQuery, signal: AbortSignal): Promise<Sight> {
    const mirror = this.mirrorOf(query);
    const resource = mirror.resource ?? (await findResource(this.#api, query, signal));
    const known = this.sightOf(mirror);
    if (resource === undefined) return { ...known, namespaced: undefined };
    const { namespaced } = resource;
    try {
      const path = listPath(resource, query.namespace);
      const { items = [] } = (await this.#api.get(path, signal)) as { items?: KubeObject[] };
      const others = mirror
        .objects()
        .filter(({ metadata }) => namespaced && metadata.namespace !== query.namespace);
      return { ...known, namespaced, objects: [...others, ...items.map(trimManagedFields)] };
    } catch (error) {
      // The kind went away since it was found.
      if (!(error instanceof KubeStatusError) || error.status !== 404) throw error;
      return { ...known, namespaced: undefined };
    }
  }

  #onChange(mirror: Mirror, object: KubeObject | undefined, isGone: boolean): void {
    this.#draw(mirror, object, isGone);
    this.#options.onChange(mirror);
  }

  #draw(mirror: Mirror, object: KubeObject | undefined, isGone: boolean): void {
    if (!this.#isDrawn) {
      const drawn = [this.nodes, this.pods, this.#services, this.#slices];
      // A Service that cannot be listed must not keep nodes and pods from being shown.
      if (drawn.some(({ state }) => state.state === 'syncing')) return;
      if (this.nodes.state.state !== 'ready' || this.pods.state.state !== 'ready') return;
      this.#isDrawn = true;
      this.#picture.reset(this.picture());
    } else if (object !== undefined) this.#drawOne(mirror, object, isGone);
  }

  #drawOne(mirror: Mirror, object: KubeObject, isGone: boolean): void {
    if (mirror === this.#slices) this.#drawServiceOf(object);
    else if (mirror === this.events) this.#tell(object, isGone);
    else if (mirror === this.nodes || mirror === this.pods || mirror === this.#services) {
      if (isGone) this.#picture.remove(object.metadata.uid);
      else if (mirror === this.pods) this.#picture.set(drawPod(object));
      else if (mirror === this.nodes) this.#picture.set(drawNode(object));
      else this.#picture.set(drawService(object, this.#slices.objects()));
    }
  }

  #drawServiceOf(slice: KubeObject): void {
    const service = this.#services
      .objects()
      .find(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}` === serviceOf(slice));
    if (service !== undefined) this.#picture.set(drawService(service, this.#slices.objects()));
  }

  /** What a first list holds happened before anybody looked. */
  #tell(event: KubeObject, isGone: boolean): void {
    if (isGone || this.events.state.state !== 'ready') return;
    const news = toNews(event);
    if (news !== undefined) this.#options.onPicture({ type: 'news', news });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('no longer needed'));
    this.#api[Symbol.dispose]();
    await Promise.all(this.#runs);
  }
}

/** Without the record of who set which field: it is half of an object's size, and nobody asks. */
function trimManagedFields(object: KubeObject): KubeObject {
  const metadata: KubeObject['metadata'] & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}
