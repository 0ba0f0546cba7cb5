import type { ClusterChange, ClusterNews, ClusterObject } from '../../protocol/events.ts';
import { toneOf, type Tone } from './cluster-model.ts';

export type ChangeKind =
  | 'placed'
  | 'waits'
  | 'ready'
  | 'unready'
  | 'restarted'
  | 'status'
  | 'completed'
  | 'leaving'
  | 'gone'
  | 'nodeReady'
  | 'nodeNotReady'
  | 'cordoned'
  | 'uncordoned'
  | 'nodeJoined'
  | 'nodeGone'
  | 'serviceNew'
  | 'serviceGone'
  | 'serviceAddress'
  | 'endpointIn'
  | 'endpointOut'
  | 'scaled'
  | 'said';

/** One change. `ChangeLog` merges the same change to several pods of one owner. */
export interface Change {
  kind: ChangeKind;
  tone: Tone;
  /** Changes with the same key that follow one another soon are merged. */
  key: string;
  /** The object, as the cluster's events name it: `Pod/default/web-1`. */
  about: string;
  name: string;
  owner?: string | undefined;
  node?: string | undefined;
  status?: string;
  service?: string;
  /** The reason, as the cluster words it. */
  why?: string | undefined;
}

/** What `change` changes in `before`, in order. The first reset changes nothing. */
export function changesOf(
  before: ReadonlyMap<string, ClusterObject>,
  change: ClusterChange,
): Change[] {
  if (change.type === 'set') return compare(before.get(change.object.uid), change.object, before);
  if (change.type === 'gone') return goneOf(before.get(change.uid));
  if (change.type === 'news') return [ofNews(change.news)];
  if (before.size === 0) return [];
  const now = new Set(change.objects.map(({ uid }) => uid));
  return [
    ...[...before.values()].filter(({ uid }) => !now.has(uid)).flatMap(goneOf),
    ...change.objects.flatMap((object) => compare(before.get(object.uid), object, before)),
  ];
}

type Known = ReadonlyMap<string, ClusterObject>;

function compare(was: ClusterObject | undefined, object: ClusterObject, known: Known): Change[] {
  switch (object.kind) {
    case 'Node':
      return was === undefined ? [entry('nodeJoined', object)] : ofNode(was, object);
    case 'Pod':
      return ofPod(was, object);
    case 'Service':
      return was === undefined ? [entry('serviceNew', object)] : ofService(was, object, known);
  }
}

function ofNode(was: ClusterObject, node: ClusterObject): Change[] {
  const isClosed = (object: ClusterObject) => object.status.includes('SchedulingDisabled');
  return [
    ...(was.ready === node.ready ? [] : [entry(node.ready ? 'nodeReady' : 'nodeNotReady', node)]),
    ...(isClosed(was) === isClosed(node)
      ? []
      : [entry(isClosed(node) ? 'cordoned' : 'uncordoned', node)]),
  ];
}

function ofPod(was: ClusterObject | undefined, pod: ClusterObject): Change[] {
  const tone = toneOf(pod);
  const isPlaced = pod.node !== undefined && was?.node === undefined;
  const isWaiting = pod.node === undefined && pod.why !== undefined && was?.why !== pod.why;
  const hasNewStatus = was?.status !== pod.status;
  const wasReady = was?.ready ?? false;
  return [
    ...(isPlaced ? [entry('placed', pod)] : []),
    ...(isWaiting ? [entry('waits', pod, pod.why)] : []),
    ...(pod.restarts > (was?.restarts ?? 0) ? [entry('restarted', pod, pod.why)] : []),
    ...(hasNewStatus && tone === 'bad' ? [entry('status', pod, pod.why)] : []),
    ...(hasNewStatus && tone === 'done' ? [entry('completed', pod)] : []),
    ...(hasNewStatus && tone === 'gone' ? [entry('leaving', pod)] : []),
    ...(!wasReady && pod.ready && tone === 'good' ? [entry('ready', pod)] : []),
    ...(wasReady && !pod.ready && tone === 'busy' ? [entry('unready', pod)] : []),
  ];
}

function ofService(was: ClusterObject, service: ClusterObject, known: Known): Change[] {
  const readyOf = ({ endpoints = [] }: ClusterObject) =>
    new Map(endpoints.filter(({ ready }) => ready).map((each) => [each.pod ?? each.address, each]));
  const [before, now] = [readyOf(was), readyOf(service)];
  const endpointChange = (
    kind: ChangeKind,
    { pod = '', address }: { pod?: string | undefined; address: string },
  ) => ({
    ...entry(kind, service),
    name: known.get(pod)?.name ?? address,
    service: service.name,
  });
  const outside = (object: ClusterObject) => object.addresses?.slice(1).join(', ') ?? '';
  return [
    ...[...before].flatMap(([key, each]) =>
      now.has(key) ? [] : [endpointChange('endpointOut', each)],
    ),
    ...[...now].flatMap(([key, each]) =>
      before.has(key) ? [] : [endpointChange('endpointIn', each)],
    ),
    ...(outside(service) === '' || outside(was) === outside(service)
      ? []
      : [{ ...entry('serviceAddress', service), status: outside(service) }]),
  ];
}

function goneOf(was: ClusterObject | undefined): Change[] {
  if (was === undefined) return [];
  const kinds = { Node: 'nodeGone', Pod: 'gone', Service: 'serviceGone' } as const;
  return [entry(kinds[was.kind], was)];
}

const scaling = /from (\d+) to (\d+)/;

function ofNews({ kind, namespace, name, reason, message, isWarning }: ClusterNews): Change {
  const about = `${kind}/${namespace ?? ''}/${name}`;
  const [, from, to] = reason === 'ScalingReplicaSet' ? (scaling.exec(message) ?? []) : [];
  return {
    kind: from === undefined ? 'said' : 'scaled',
    tone: isWarning ? 'bad' : 'busy',
    key: `said ${about} ${reason} ${from === undefined ? '' : message}`,
    about,
    name,
    ...(from === undefined ? {} : { status: `${from} → ${to ?? ''}` }),
    why: `${reason}: ${message}`,
  };
}

const tones: Partial<Record<ChangeKind, Tone>> = {
  ready: 'good',
  nodeReady: 'good',
  nodeJoined: 'good',
  endpointIn: 'good',
  completed: 'done',
  waits: 'bad',
  restarted: 'bad',
  status: 'bad',
  nodeNotReady: 'bad',
  leaving: 'gone',
  gone: 'gone',
  nodeGone: 'gone',
  serviceGone: 'gone',
  endpointOut: 'gone',
};

function entry(kind: ChangeKind, object: ClusterObject, why?: string): Change {
  const { uid, name, namespace, owner, node, status } = object;
  return {
    kind,
    tone: tones[kind] ?? 'busy',
    key: `${kind} ${kind === 'status' ? status : ''} ${owner ?? uid}`,
    about: `${object.kind}/${namespace ?? ''}/${name}`,
    name,
    owner: owner?.replace(/^.*\//, ''),
    node,
    status,
    why,
  };
}
