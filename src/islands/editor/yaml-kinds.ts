/** What a YAML document says that it is; parts that are not there yet are absent. */
export interface YamlKind {
  apiVersion?: string;
  kind?: string;
}

/**
 * What each document of a YAML text says that it is. Only top-level lines are looked at, so that it works while somebody types, when a parser would
 * give up.
 */
export function kindsOf(text: string): YamlKind[] {
  return text
    .split(/^---.*$/m)
    .map((part) => {
      const apiVersion = scalar(part, 'apiVersion');
      const kind = scalar(part, 'kind');
      return {
        ...(apiVersion === undefined ? {} : { apiVersion }),
        ...(kind === undefined ? {} : { kind }),
      };
    })
    .filter(({ apiVersion, kind }) => apiVersion !== undefined || kind !== undefined);
}

/** Where a cluster's OpenAPI has an apiVersion: `v1` → `api/v1`, `apps/v1` → `apis/apps/v1`. */
export function openApiPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/** The other way round. */
export function apiVersionOf(path: string): string {
  return path.replace(/^apis?\//, '');
}

function scalar(part: string, key: string): string | undefined {
  const found = new RegExp(`^${key}:[ \\t]+["']?([\\w./-]+)`, 'm').exec(part);
  return found?.[1];
}
