import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import { byName, type KubeObject } from '../kube/kube-object.ts';
import { drawNode } from './picture-node.ts';
import { drawPod } from './picture-pod.ts';
import { drawService } from './picture-service.ts';

/** The live picture. It reports an object only when something visible in the picture changes. */
export class Picture {
  readonly #onChange: (change: ClusterChange) => void;
  /** The last reported state of each object as JSON, by uid. */
  readonly #shown = new Map<string, string>();

  constructor(onChange: (change: ClusterChange) => void) {
    this.#onChange = onChange;
  }

  /** Replaces the whole picture. */
  reset(objects: ClusterObject[]): void {
    this.#shown.clear();
    for (const object of objects) this.#shown.set(object.uid, JSON.stringify(object));
    this.#onChange({ type: 'reset', objects });
  }

  set(object: ClusterObject): void {
    const text = JSON.stringify(object);
    if (this.#shown.get(object.uid) === text) return;
    this.#shown.set(object.uid, text);
    this.#onChange({ type: 'set', object });
  }

  remove(uid: string): void {
    if (this.#shown.delete(uid)) this.#onChange({ type: 'gone', uid });
  }
}

/** The cluster's objects from which the picture is drawn. */
export interface PictureObjects {
  nodes: KubeObject[];
  pods: KubeObject[];
  services: KubeObject[];
  /** EndpointSlices: the pods behind each Service. */
  slices: KubeObject[];
}

/** The whole picture: nodes, pods, Services, each kind ordered by namespace and name. */
export function toPicture({ nodes, pods, services, slices }: PictureObjects): ClusterObject[] {
  return [
    ...nodes.sort(byName).map(drawNode),
    ...pods.sort(byName).map(drawPod),
    ...services.sort(byName).map((service) => drawService(service, slices)),
  ];
}
