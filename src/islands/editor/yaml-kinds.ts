/** What a YAML document declares itself to be, as far as it is written. */
export interface YamlKind {
  apiVersion?: string;
  kind?: string;
}

/**
 * What each document of a YAML text declares itself to be. Reads only top-level lines, so that it
 * works while the learner types, when a parser would fail.
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

/**
 * The path of an apiVersion in a cluster's OpenAPI: `v1` → `api/v1`, `apps/v1` → `apis/apps/v1`.
 */
export function openApiPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/** The inverse of {@link openApiPath}. */
export function apiVersionOf(path: string): string {
  return path.replace(/^apis?\//, '');
}

function scalar(part: string, key: string): string | undefined {
  const found = new RegExp(`^${key}:[ \\t]+["']?([\\w./-]+)`, 'm').exec(part);
  return found?.[1];
}
