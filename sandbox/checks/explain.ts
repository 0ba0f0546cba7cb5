import type { Evidence } from '../../src/protocol/checks.ts';
import type { ClusterEvent } from '../kube/cluster-event.ts';
import { shorten, type KubeObject } from '../kube/kube-object.ts';
import { podStatus } from '../picture/pod-status.ts';

const MAX_EVENTS = 5;
const MAX_MESSAGE_LENGTH = 300;
const MAX_PROBLEMS = 3;

interface Workload extends KubeObject {
  spec?: { selector?: Record<string, unknown> & { matchLabels?: Record<string, string> } };
}

/** The pods that `object` owns or selects. */
function podsOf(object: KubeObject, kind: string, pods: KubeObject[]): KubeObject[] {
  if (kind === 'Pod') return [object];
  const { name, namespace, uid } = object.metadata;
  const { selector } = (object as Workload).spec ?? {};
  const wanted = Object.entries(
    selector?.matchLabels ?? (kind === 'Service' ? selector : {}) ?? {},
  );
  return pods.filter(({ metadata }) => {
    if (metadata.namespace !== namespace) return false;
    const owners = metadata.ownerReferences ?? [];
    return (
      owners.some((owner) => owner.uid === uid || isGeneratedFor(owner, name)) ||
      (wanted.length > 0 && wanted.every(([key, value]) => metadata.labels?.[key] === value))
    );
  });
}

/**
 * The latest events of `objects`, of their pods, and of the ReplicaSets or Jobs in between.
 * Warnings come first, and each message once.
 */
export function eventsOf(
  objects: KubeObject[],
  kind: string,
  { pods, events }: { pods: KubeObject[]; events: KubeObject[] },
): Evidence['events'] {
  const involved = new Set<string>();
  for (const object of objects) {
    involved.add(object.metadata.uid);
    for (const { metadata } of podsOf(object, kind, pods)) involved.add(metadata.uid);
  }
  const messages = new Set<string>();
  return (events as ClusterEvent[])
    .filter(({ involvedObject: about = {} }) => {
      if (about.uid !== undefined && involved.has(about.uid)) return true;
      return objects.some(({ metadata }) => isNamed(about, kind, metadata));
    })
    .sort((a, b) => rank(a) - rank(b) || timeOf(b).localeCompare(timeOf(a)))
    .filter(({ reason = '', message = '' }) => {
      const isNew = !messages.has(reason + message);
      messages.add(reason + message);
      return isNew;
    })
    .slice(0, MAX_EVENTS)
    .map(toEvidenceEvent);
}

/** What the cluster says about those pods of `objects` that are neither ready nor completed. */
export function podProblemsOf(objects: KubeObject[], kind: string, pods: KubeObject[]): string[] {
  const all = new Map(
    objects.flatMap((object) =>
      podsOf(object, kind, pods).map((pod) => [pod.metadata.uid, pod] as const),
    ),
  );
  return [...all.values()]
    .flatMap((pod) => {
      const { status, ready, message } = podStatus(pod);
      if (ready || status === 'Completed') return [];
      const why = message === undefined ? '' : `, ${message}`;
      return [shorten(`pod ${pod.metadata.name}: ${status}${why}`, MAX_MESSAGE_LENGTH)];
    })
    .slice(0, MAX_PROBLEMS);
}

/** A ReplicaSet is named after its Deployment, a Job after its CronJob, with a suffix. */
function isGeneratedFor(owner: { kind?: string; name?: string }, name: string): boolean {
  if (owner.kind !== 'ReplicaSet' && owner.kind !== 'Job') return false;
  const rest = owner.name?.startsWith(`${name}-`) === true ? owner.name.slice(name.length + 1) : '';
  return /^[a-z0-9]+$/.test(rest);
}

function isNamed(
  about: NonNullable<ClusterEvent['involvedObject']>,
  kind: string,
  { name, namespace }: KubeObject['metadata'],
): boolean {
  if (namespace !== undefined && about.namespace !== namespace) return false;
  if (isGeneratedFor(about, name)) return true;
  // kubelet puts a node's name where its uid belongs.
  return about.kind === kind && about.name === name && (about.uid ?? name) === name;
}

function toEvidenceEvent(event: ClusterEvent): Evidence['events'][number] {
  const { type = 'Normal', reason = '', message = '', involvedObject = {} } = event;
  return {
    type,
    reason,
    message: shorten(message, MAX_MESSAGE_LENGTH),
    object: `${(involvedObject.kind ?? '').toLowerCase()}/${involvedObject.name ?? ''}`,
    count: event.series?.count ?? event.count ?? 1,
  };
}

function rank({ type }: ClusterEvent): number {
  return type === 'Warning' ? 0 : 1;
}

function timeOf(event: ClusterEvent): string {
  const { series, lastTimestamp, eventTime, firstTimestamp } = event;
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? '';
}
