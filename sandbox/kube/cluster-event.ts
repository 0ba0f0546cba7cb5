import { shorten, type KubeObject } from './kube-object.ts';

const MAX_MESSAGE_LENGTH = 300;

/** A `v1` Event: the fields that this server reads. */
export interface ClusterEvent extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
  involvedObject?: { kind?: string; name?: string; namespace?: string; uid?: string };
}

/** Only those fields: a cluster has hundreds of events. */
export function trimEvent(object: KubeObject): KubeObject {
  const { metadata, type, reason, message, count, ...rest } = object as ClusterEvent;
  const { firstTimestamp, lastTimestamp, eventTime, series, involvedObject } = rest;
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    metadata: { name, uid, ...definedOnly({ namespace, resourceVersion }) },
    ...definedOnly({ type, reason, count, firstTimestamp, lastTimestamp, eventTime, series }),
    ...definedOnly({ involvedObject, message: message && shorten(message, MAX_MESSAGE_LENGTH) }),
  };
}

function definedOnly<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields) as [string, unknown][];
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined && value !== null),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}
