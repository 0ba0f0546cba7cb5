import { z } from 'zod';
import { labIdSchema, stepIdSchema } from './lab.ts';
import { locales } from './locales.ts';

const localeSchema = z.enum(locales);

/** How a page looks in one language. */
const versionSchema = z.strictObject({
  /** From the site's root, with a slash at its end. */
  path: z.string().startsWith('/').endsWith('/'),
  title: z.string().min(1),
  description: z.string().min(1),
  /** The language of the text: another one where the translation is missing. */
  textLocale: localeSchema,
});

const lessonVersionSchema = versionSchema.extend({
  /** In the order of the text; the anchor of a step is its id. */
  steps: z.array(z.strictObject({ id: stepIdSchema, title: z.string().min(1) })),
});

const otherPageSchema = z.strictObject({
  kind: z.enum(['index', 'glossary']),
  versions: z.record(localeSchema, versionSchema),
});

const lessonPageSchema = z.strictObject({
  kind: z.literal('lesson'),
  /** `unit/lesson`: stable, or listed in `content/redirects.yaml`. */
  id: labIdSchema,
  unit: z.string().min(1),
  lab: labIdSchema,
  versions: z.record(localeSchema, lessonVersionSchema),
});

/** `pages.json` in the built site: every page in every language, lessons in curriculum order. */
export const pagesSchema = z.strictObject({
  pages: z.array(z.discriminatedUnion('kind', [otherPageSchema, lessonPageSchema])),
});

export type Pages = z.infer<typeof pagesSchema>;
