import { z } from 'zod';

/** The path of a group version in a cluster's OpenAPI: `api/v1`, `apis/apps/v1`. */
export const groupVersionPathSchema = z
  .string()
  .max(200)
  .regex(
    /^(api|apis\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)\/v[a-z0-9]+$/,
    'api/v1 or apis/GROUP/VERSION',
  );

/** The group versions of a cluster's API now: the hash of each document, by path. */
export const openApiIndexSchema = z.object({ hashes: z.record(z.string(), z.string()) });
