import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { locales } from '../i18n/locale.ts';
import { readYaml } from './read-yaml.ts';

const lesson = z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/);
const anchor = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)?$/);

const redirectsSchema = z.strictObject({
  /** Old `unit/lesson` → the one of today. */
  lessons: z.record(lesson, lesson),
  /** By the lesson of today: old anchor → the one of today. */
  steps: z.record(lesson, z.record(anchor, anchor)),
});

export type Redirects = z.output<typeof redirectsSchema>;

/** The addresses that moved. Throws `LessonError` when the file breaks its schema. */
export function readRedirects(root = process.cwd()): Redirects {
  const file = 'content/redirects.yaml';
  const text = readFileSync(join(root, file), 'utf8');
  return readYaml(redirectsSchema, { file, text }).value;
}

/** Old path → new path, in each locale: what Astro and the server follow. */
export function movedPaths({ lessons }: Redirects): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lessons).flatMap(([from, to]) =>
      locales.map((locale) => [`/${locale}/${from}/`, `/${locale}/${to}/`]),
    ),
  );
}
