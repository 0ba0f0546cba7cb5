import { glob } from 'astro/loaders';
import { defineCollection } from 'astro:content';
import { locales } from './i18n/locale.ts';
import { frontmatterSchema } from './lessons/frontmatter.ts';

/** The pages of lessons. The id of each is `locale/unit/lesson`. */
const lessons = defineCollection({
  loader: glob({
    base: './content/lessons',
    pattern: locales.map((locale) => `${locale}/*/*.mdx`),
  }),
  schema: frontmatterSchema,
});

export const collections = { lessons };
