import { z } from 'zod';
import { labIdSchema } from '../protocol/lab.ts';

/** The front matter of a lesson. */
export const frontmatterSchema = z.strictObject({
  title: z.string().min(1),
  /** One sentence for the curriculum and for search engines. */
  description: z.string().min(1),
  /** The lab of the lesson, the same in every locale. */
  lab: labIdSchema,
  /** Place within the unit. */
  order: z.int().nonnegative(),
});

export type Frontmatter = z.infer<typeof frontmatterSchema>;
