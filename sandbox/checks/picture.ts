import type { ClusterChange, ClusterObject } from '../../src/protocol/events.ts';
import { byName, type KubeObject } from './kube-object.ts';
import { nodeOf, podStatus } from './pod-status.ts';

interface Node extends KubeObject {
  spec?: { unschedulable?: boolean };
  status?: { conditions?: { type: string; status: string }[] };
}

/** The live picture: nodes and pods, each reported when what is drawn of it changes. */
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

/** Nodes and pods as they are drawn: nodes first, each kind by namespace and name. */
export function toPicture(nodes: KubeObject[], pods: KubeObject[]): ClusterObject[] {
  return [...nodes.sort(byName).map(drawNode), ...pods.sort(byName).map(drawPod)];
}

export function drawNode(object: KubeObject): ClusterObject {
  const { metadata, spec, status } = object as Node;
  const ready = status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
  const closed = spec?.unschedulable === true ? ',SchedulingDisabled' : '';
  return {
    kind: 'Node',
    uid: metadata.uid,
    name: metadata.name,
    status: `${ready ? 'Ready' : 'NotReady'}${closed}`,
    ready,
    restarts: 0,
  };
}

export function drawPod(pod: KubeObject): ClusterObject {
  const { uid, name, namespace = 'default' } = pod.metadata;
  const { status, ready, restarts } = podStatus(pod);
  const node = nodeOf(pod);
  return {
    kind: 'Pod',
    uid,
    name,
    namespace,
    ...(node === undefined ? {} : { node }),
    status,
    ready,
    restarts,
  };
}
