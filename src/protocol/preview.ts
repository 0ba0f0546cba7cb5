import { z } from 'zod';
import { previewIdSchema } from './lab.ts';
import { defaultLocale } from './locales.ts';
import { sessionIdSchema } from './session.ts';

/** The path of `POST /api/sessions/:id/previews/:preview`. */
export const previewParamsSchema = z.object({ id: sessionIdSchema, preview: previewIdSchema });

/** Body of the same: the language of the page that asks, for what is said in the place of a preview that does not answer yet. */
export const openPreviewSchema = z.strictObject({
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .default(defaultLocale),
});

/** Where the preview opens, once and within half a minute. It is an origin of its own. */
export const openedPreviewSchema = z.object({ url: z.string() });
