import type { ClusterNews } from '../../src/protocol/events.ts';
import { type ClusterEvent } from '../checks/explain.ts';
import { shorten, type KubeObject } from '../kube/kube-object.ts';

const MAX_MESSAGE = 240;

/** Of the events that warn of nothing, those that say why something changed. */
const TELLING = new Set([
  'ScalingReplicaSet',
  'SuccessfulRescale',
  'NodeNotReady',
  'NodeReady',
  'TaintManagerEviction',
  'Preempted',
  'ResizeCompleted',
]);

/** What an event tells of the picture's changes; undefined when it explains none. */
export function toNews(object: KubeObject): ClusterNews | undefined {
  const { type, reason = '', message = '', involvedObject = {} } = object as ClusterEvent;
  const { kind, name, namespace } = involvedObject;
  const isWarning = type === 'Warning';
  // Every container that ends is killed; only a failed probe is a reason.
  const isProbe = reason === 'Killing' && message.includes('probe');
  if (!isWarning && !isProbe && !TELLING.has(reason)) return undefined;
  if (kind === undefined || name === undefined) return undefined;
  return {
    kind,
    name,
    ...(namespace === undefined || kind === 'Node' ? {} : { namespace }),
    reason,
    message: shorten(message, MAX_MESSAGE),
    isWarning: isWarning || isProbe,
  };
}
