import type { ClusterNews } from '../../src/protocol/events.ts';
import type { ClusterEvent } from '../kube/cluster-event.ts';
import { shorten, type KubeObject } from '../kube/kube-object.ts';

const MAX_MESSAGE_LENGTH = 240;

/** Reasons of normal events that explain a change in the picture. */
const EXPLAINING = new Set([
  'ScalingReplicaSet',
  'SuccessfulRescale',
  'NodeNotReady',
  'NodeReady',
  'TaintManagerEviction',
  'Preempted',
  'ResizeCompleted',
]);

/** What an event says about a change in the picture; undefined when it explains none. */
export function toClusterNews(object: KubeObject): ClusterNews | undefined {
  const { type, reason = '', message = '', involvedObject = {} } = object as ClusterEvent;
  const { kind, name, namespace } = involvedObject;
  const isWarning = type === 'Warning';
  // Kubelet kills every container that ends; only a failed probe explains why.
  const isProbe = reason === 'Killing' && message.includes('probe');
  if (!isWarning && !isProbe && !EXPLAINING.has(reason)) return undefined;
  if (kind === undefined || name === undefined) return undefined;
  return {
    kind,
    name,
    ...(namespace === undefined || kind === 'Node' ? {} : { namespace }),
    reason,
    message: shorten(message, MAX_MESSAGE_LENGTH),
    isWarning: isWarning || isProbe,
  };
}
