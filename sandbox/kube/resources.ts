import { SYSTEM_NAMESPACES } from './kube-object.ts';
import { isNotFound, type KubeApi } from './kube-api.ts';

/** Where the API serves a kind. */
export interface Resource {
  /** `/api/v1` or `/apis/group/version`. */
  base: string;
  plural: string;
  namespaced: boolean;
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/**
 * Where `kind` is served; undefined if the cluster has no such kind (yet). Rejects as the calls of
 * {@link KubeApi} do.
 */
export async function findResource(
  api: KubeApi,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  signal: AbortSignal,
): Promise<Resource | undefined> {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    const { resources = [] } = (await api.get(base, signal)) as ResourceList;
    // Subresources such as `pods/status` have the same kind.
    const found = resources.find((each) => each.kind === kind && !each.name.includes('/'));
    return found && { base, plural: found.name, namespaced: found.namespaced };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The path that lists a resource in `namespace`, by default in all but the cluster's own. */
export function listPath(resource: Resource, namespace?: string): string {
  const { base, plural, namespaced } = resource;
  if (!namespaced) return `${base}/${plural}`;
  if (namespace !== undefined)
    return `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  const others = SYSTEM_NAMESPACES.map((each) => `metadata.namespace!=${each}`).join(',');
  return `${base}/${plural}?fieldSelector=${encodeURIComponent(others)}`;
}
