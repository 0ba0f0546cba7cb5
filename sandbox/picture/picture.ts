import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import { byName, type KubeObject } from '../kube/kube-object.ts';
import { drawNode } from './picture-node.ts';
import { drawPod } from './picture-pod.ts';
import { drawService } from './picture-service.ts';

/** The live picture: nodes, pods and Services, each reported when what is drawn of it changes. */
export class Picture {
  readonly #onChange: (change: ClusterChange) => void;
  readonly #shown = new Map<string, string>();

  constructor(onChange: (change: ClusterChange) => void) {
    this.#onChange = onChange;
  }

  /** Replaces all. */
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

/** What is drawn, as the cluster has it. */
export interface Seen {
  nodes: KubeObject[];
  pods: KubeObject[];
  services: KubeObject[];
  /** EndpointSlices: who is behind a Service. */
  slices: KubeObject[];
}

/** Everything as it is drawn: nodes, pods, Services, each kind by namespace and name. */
export function toPicture({ nodes, pods, services, slices }: Seen): ClusterObject[] {
  return [
    ...nodes.sort(byName).map(drawNode),
    ...pods.sort(byName).map(drawPod),
    ...services.sort(byName).map((service) => drawService(service, slices)),
  ];
}
