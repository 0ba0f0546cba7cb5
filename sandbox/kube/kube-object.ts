export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type JsonObject = Record<string, Json>;

/** The fields that every object of a cluster has. */
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

interface Conditioned extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] };
}

/** The cluster's own namespaces. Neither the picture nor the evidence of a check shows them. */
export const SYSTEM_NAMESPACES: readonly string[] = [
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
];

/** Orders by namespace and name, so that the order is the same each time. */
export function byName(a: KubeObject, b: KubeObject): number {
  const one = `${a.metadata.namespace ?? ''}/${a.metadata.name}`;
  const other = `${b.metadata.namespace ?? ''}/${b.metadata.name}`;
  return one.localeCompare(other, 'en', { numeric: true });
}

/** Whether a node or pod has the condition Ready. */
export function isReady(object: KubeObject): boolean {
  const { conditions = [] } = (object as Conditioned).status ?? {};
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** `text`, cut to `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
