import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { locales } from '../i18n/locale.ts';
import { parseOnce } from './parse-once.ts';
import { readYaml } from './read-yaml.ts';

const lesson = z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/);
const anchor = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)?$/);

const redirectsSchema = z.strictObject({
  /** Old `unit/lesson` → the present one. */
  lessons: z.record(lesson, lesson),
  /** By the present lesson: old anchor → the present one. */
  steps: z.record(lesson, z.record(anchor, anchor)),
});

export type Redirects = z.output<typeof redirectsSchema>;

/** The addresses that moved. Throws LessonError when the file breaks its schema. */
export function readRedirects(root = process.cwd()): Redirects {
  const file = 'content/redirects.yaml';
  const text = readFileSync(join(root, file), 'utf8');
  return parseRedirects(file, text);
}

const parseRedirects = parseOnce(
  (file, text): Redirects => readYaml(redirectsSchema, { file, text }).value,
);

/** Old path → new path in each locale, for Astro's redirects. */
export function movedPaths({ lessons }: Redirects): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lessons).flatMap(([from, to]) =>
      locales.map((locale) => [`/${locale}/${from}/`, `/${locale}/${to}/`]),
    ),
  );
}
