import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import type { ClusterMirrors } from '../kube/cluster-mirrors.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { Mirror } from '../kube/mirror.ts';
import { toClusterNews } from './cluster-news.ts';
import { Picture, toPicture } from './picture.ts';
import { drawNode } from './picture-node.ts';
import { drawPod } from './picture-pod.ts';
import { drawService, serviceOf } from './picture-service.ts';

/**
 * Draws a cluster from its mirrors: the whole picture once nodes and pods are known, then each
 * change, and the events that explain changes. The owner of the mirrors calls {@link update}.
 */
export class LivePicture {
  readonly #picture: Picture;
  readonly #onChange: (change: ClusterChange) => void;
  readonly #nodes: Mirror;
  readonly #services: Mirror;
  readonly #slices: Mirror;
  readonly pods: Mirror;
  readonly events: Mirror;
  #isDrawn = false;

  /** Adds what it needs to `mirrors`, which must not have started. */
  constructor(mirrors: ClusterMirrors, onChange: (change: ClusterChange) => void) {
    this.#picture = new Picture(onChange);
    this.#onChange = onChange;
    const core = { apiVersion: 'v1', namespace: 'default' };
    this.#nodes = mirrors.of({ ...core, kind: 'Node' });
    this.pods = mirrors.of({ ...core, kind: 'Pod' });
    this.events = mirrors.of({ ...core, kind: 'Event' });
    this.#services = mirrors.of({ ...core, kind: 'Service' });
    const discovery = { apiVersion: 'discovery.k8s.io/v1', namespace: 'default' };
    this.#slices = mirrors.of({ ...discovery, kind: 'EndpointSlice' });
  }

  /** The picture as far as it is known. */
  objects(): ClusterObject[] {
    return toPicture({
      nodes: this.#nodes.objects(),
      pods: this.pods.objects(),
      services: this.#services.objects(),
      slices: this.#slices.objects(),
    });
  }

  /** Takes a change of one of the mirrors, as `onChange` of {@link ClusterMirrors} reports it. */
  update(mirror: Mirror, object: KubeObject | undefined, isGone: boolean): void {
    if (!this.#isDrawn) this.#drawFirst();
    else if (object !== undefined) this.#redraw(mirror, object, isGone);
  }

  #drawFirst(): void {
    const drawn = [this.#nodes, this.pods, this.#services, this.#slices];
    if (drawn.some(({ state }) => state.state === 'syncing')) return;
    // If Services cannot be listed, nodes and pods still appear.
    if (this.#nodes.state.state !== 'ready' || this.pods.state.state !== 'ready') return;
    this.#isDrawn = true;
    this.#picture.reset(this.objects());
  }

  #redraw(mirror: Mirror, object: KubeObject, isGone: boolean): void {
    if (mirror === this.#slices) this.#redrawServiceOf(object);
    else if (mirror === this.events) this.#report(object, isGone);
    else if (mirror === this.#nodes || mirror === this.pods || mirror === this.#services) {
      if (isGone) this.#picture.remove(object.metadata.uid);
      else if (mirror === this.pods) this.#picture.set(drawPod(object));
      else if (mirror === this.#nodes) this.#picture.set(drawNode(object));
      else this.#picture.set(drawService(object, this.#slices.objects()));
    }
  }

  #redrawServiceOf(slice: KubeObject): void {
    const service = this.#services
      .objects()
      .find(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}` === serviceOf(slice));
    if (service !== undefined) this.#picture.set(drawService(service, this.#slices.objects()));
  }

  /** The events of the first list are history, not news. */
  #report(event: KubeObject, isGone: boolean): void {
    if (isGone || this.events.state.state !== 'ready') return;
    const news = toClusterNews(event);
    if (news !== undefined) this.#onChange({ type: 'news', news });
  }
}
