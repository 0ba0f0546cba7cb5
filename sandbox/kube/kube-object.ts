export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type JsonObject = Record<string, Json>;

/** What every object of a cluster has. The rest is read where it is needed. */
export interface KubeObject {
  metadata: {
    name: string;
    uid: string;
    namespace?: string;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string }[];
  };
  [field: string]: unknown;
}

/** The cluster's own namespaces. They are in no picture, and in no answer to "is there one elsewhere?". */
export const SYSTEM_NAMESPACES: readonly string[] = [
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
];

/** Namespace and name: an order that stays the same from one look to the next. */
export function byName(a: KubeObject, b: KubeObject): number {
  const one = `${a.metadata.namespace ?? ''}/${a.metadata.name}`;
  const other = `${b.metadata.namespace ?? ''}/${b.metadata.name}`;
  return one.localeCompare(other, 'en', { numeric: true });
}

/** `text`, cut to `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
