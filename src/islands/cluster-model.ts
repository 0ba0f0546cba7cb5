import type { ClusterObject } from '../protocol/events.ts';
import type { LabEvents } from './events.ts';

type Change = LabEvents['lab:cluster'];

/** A pod or node with the tone that its status has. */
export interface Shown extends ClusterObject {
  tone: 'good' | 'busy' | 'bad' | 'gone' | 'done';
}

export interface ClusterPicture {
  nodes: { node: Shown; pods: Shown[]; systemPods: number }[];
  /** Pods that no node has yet. */
  unscheduled: Shown[];
  pods: number;
}

/** Applies a change to `objects`, which are by uid. */
export function applyChange(objects: Map<string, ClusterObject>, change: Change): void {
  if (change.type === 'gone') objects.delete(change.uid);
  else if (change.type === 'set') objects.set(change.object.uid, change.object);
  else {
    objects.clear();
    for (const object of change.objects) objects.set(object.uid, object);
  }
}

/** Arranges objects as they are drawn: the control plane first, pods by name, the system's own pods only counted. */
export function toPicture(objects: Iterable<ClusterObject>): ClusterPicture {
  const all = [...objects];
  const pods = all.filter((object) => object.kind === 'Pod');
  const own = pods.filter((pod) => !isSystem(pod)).sort(byName);
  const nodes = all
    .filter((object) => object.kind === 'Node')
    .sort((a, b) => rank(a) - rank(b) || byName(a, b))
    .map((node) => ({
      node: withTone(node),
      pods: own.filter((pod) => pod.node === node.name).map(withTone),
      systemPods: pods.filter((pod) => isSystem(pod) && pod.node === node.name).length,
    }));
  const names = new Set(nodes.map(({ node }) => node.name));
  const unscheduled = own.filter((pod) => pod.node === undefined || !names.has(pod.node));
  return { nodes, unscheduled: unscheduled.map(withTone), pods: own.length };
}

function isSystem({ namespace = '' }: ClusterObject): boolean {
  return namespace.startsWith('kube-') || namespace === 'local-path-storage';
}

function rank(node: ClusterObject): number {
  return node.name.includes('control-plane') ? 0 : 1;
}

function byName(a: ClusterObject, b: ClusterObject): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

const broken = /BackOff|Err|Error|Failed|OOM|Evicted|Invalid|NotReady|Unknown|Lost|Cannot|Deadline/;

function withTone(object: ClusterObject): Shown {
  return { ...object, tone: toneOf(object) };
}

function toneOf({ status, ready }: ClusterObject): Shown['tone'] {
  if (status === 'Terminating') return 'gone';
  if (status === 'Succeeded' || status === 'Completed') return 'done';
  if (broken.test(status)) return 'bad';
  return ready ? 'good' : 'busy';
}
