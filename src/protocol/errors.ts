import { z } from 'zod';

/** The body of every answer that is not a success. Codes are permanent: clients may match on them. */
export const errorBodySchema = z.object({
  error: z.object({
    /** Stable, `LAB_*`; the catalogue is `sandbox/errors.ts`. */
    code: z.string().regex(/^LAB_[A-Z_]+$/),
    /** What went wrong, in a few words. */
    title: z.string(),
    /** What happened this time, and to what. */
    message: z.string(),
    /** What the reader can do now. */
    hint: z.string(),
  }),
});

export type ErrorBody = z.infer<typeof errorBodySchema>;
