import { z } from 'zod';

/** The path of a group and version in a cluster's OpenAPI: `api/v1`, `apis/apps/v1`. */
export const groupVersionPathSchema = z
  .string()
  .max(200)
  .regex(
    /^(api|apis\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)\/v[a-z0-9]+$/,
    'api/v1 or apis/GROUP/VERSION',
  );

/** What a cluster's API offers now: a hash by path, that changes with the document. */
export const openApiIndexSchema = z.object({ hashes: z.record(z.string(), z.string()) });
