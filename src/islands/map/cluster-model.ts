import type { ClusterChange, ClusterObject } from '../../protocol/events.ts';

export type Tone = 'good' | 'busy' | 'bad' | 'gone' | 'done';

/** An object with the tone of its status. */
export interface Shown extends ClusterObject {
  tone: Tone;
}

/** The letter of a Service that has the pod as an endpoint, and whether the pod gets traffic. */
export interface Mark {
  letter: string;
  service: string;
  ready: boolean;
}

export interface ShownPod extends Shown {
  marks: Mark[];
}

export interface ShownNode extends Shown {
  isCordoned: boolean;
  pods: ShownPod[];
  /**
   * The requests of its pods as shares from 0 to 1; undefined when the node does not report its
   * capacity.
   */
  load: { cpu: number; memory: number } | undefined;
}

export interface ShownService extends Shown {
  letter: string;
  behind: { key: string; name: string; node: string | undefined; ready: boolean }[];
}

export interface ClusterPicture {
  nodes: ShownNode[];
  /** Pods without a node. */
  unscheduled: ShownPod[];
  services: ShownService[];
  pods: number;
}

/** Applies a change to `objects`, a map by uid. */
export function applyChange(objects: Map<string, ClusterObject>, change: ClusterChange): void {
  if (change.type === 'gone') objects.delete(change.uid);
  else if (change.type === 'set') objects.set(change.object.uid, change.object);
  else if (change.type === 'reset') {
    objects.clear();
    for (const object of change.objects) objects.set(object.uid, object);
  }
}

/**
 * Arranges objects for drawing: the control plane first, the rest by name, Services with their
 * endpoints.
 */
export function toPicture(objects: ReadonlyMap<string, ClusterObject>): ClusterPicture {
  const all = [...objects.values()].sort(byName);
  const services = all
    .filter((object) => object.kind === 'Service' && !isOfTheCluster(object))
    .map((service, index) => toService(service, letterOf(index), objects));
  const marks = marksOf(services);
  const pods = all
    .filter((object) => object.kind === 'Pod')
    .map((pod) => ({ ...withTone(pod), marks: marks.get(pod.uid) ?? [] }));
  const nodes = all
    .filter((object) => object.kind === 'Node')
    .sort((a, b) => rank(a) - rank(b))
    .map((node) => toNode(node, pods));
  const names = new Set(nodes.map(({ name }) => name));
  const unscheduled = pods.filter(({ node }) => node === undefined || !names.has(node));
  return { nodes, unscheduled, services, pods: pods.length };
}

function toNode(node: ClusterObject, all: ShownPod[]): ShownNode {
  const pods = all.filter((pod) => pod.node === node.name);
  const holding = pods.filter(({ tone }) => tone !== 'done');
  const sum = (of: 'cpu' | 'memory') => holding.reduce((total, pod) => total + (pod[of] ?? 0), 0);
  const { cpu = 0, memory = 0 } = node;
  return {
    ...withTone(node),
    isCordoned: node.status.includes('SchedulingDisabled'),
    pods,
    load:
      cpu === 0 || memory === 0
        ? undefined
        : { cpu: Math.min(1, sum('cpu') / cpu), memory: Math.min(1, sum('memory') / memory) },
  };
}

function toService(
  service: ClusterObject,
  letter: string,
  objects: ReadonlyMap<string, ClusterObject>,
): ShownService {
  const behind = (service.endpoints ?? []).map(({ pod = '', address, ready }) => {
    const found = objects.get(pod);
    return { key: pod || address, name: found?.name ?? address, node: found?.node, ready };
  });
  return {
    ...service,
    tone: service.ready ? 'good' : 'bad',
    letter,
    behind: behind.sort((a, b) => collator.compare(a.name, b.name)),
  };
}

function marksOf(services: ShownService[]): Map<string, Mark[]> {
  const marks = new Map<string, Mark[]>();
  for (const { letter, name, behind } of services) {
    for (const { key, ready } of behind) {
      marks.set(key, [...(marks.get(key) ?? []), { letter, service: name, ready }]);
    }
  }
  return marks;
}

/** A to Z, then numbers. */
function letterOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}

/** The API server's own Service, which every cluster has. */
function isOfTheCluster({ name, namespace }: ClusterObject): boolean {
  return name === 'kubernetes' && namespace === 'default';
}

function rank(node: ClusterObject): number {
  return node.name.includes('control-plane') ? 0 : 1;
}

const collator = new Intl.Collator('en', { numeric: true });

function byName(a: ClusterObject, b: ClusterObject): number {
  return collator.compare(a.name, b.name);
}

const broken = /BackOff|Err|Error|Failed|OOM|Evicted|Invalid|NotReady|Unknown|Lost|Cannot|Deadline/;

function withTone(object: ClusterObject): Shown {
  return { ...object, tone: toneOf(object) };
}

/** How a status is drawn. */
export function toneOf({ status, ready }: Pick<ClusterObject, 'status' | 'ready'>): Tone {
  if (status === 'Terminating') return 'gone';
  if (status === 'Succeeded' || status === 'Completed') return 'done';
  if (broken.test(status)) return 'bad';
  return ready ? 'good' : 'busy';
}
