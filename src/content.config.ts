import { glob } from 'astro/loaders';
import { defineCollection } from 'astro:content';
import { frontmatterSchema } from './lessons/frontmatter.ts';

/** One page of a lesson. Its id is `locale/unit/lesson`. */
const lessons = defineCollection({
  loader: glob({ base: './content/lessons', pattern: '{en,ja}/*/*.mdx' }),
  schema: frontmatterSchema,
});

export const collections = { lessons };
