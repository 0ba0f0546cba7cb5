import { z } from 'zod';
import { defaultLocale } from './locales.ts';
import { previewIdSchema } from './lab.ts';
import { sessionIdSchema } from './session.ts';

/** The path of `POST /api/sessions/:id/previews/:preview`. */
export const previewParamsSchema = z.object({ id: sessionIdSchema, preview: previewIdSchema });

/**
 * The body of that request: the language of the page that opens the preview, for the page shown in
 * its place while it does not answer.
 */
export const openPreviewSchema = z.strictObject({
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .default(defaultLocale),
});

/** A link to the preview, on its own origin. It opens once, within half a minute. */
export const openedPreviewSchema = z.object({ url: z.string() });
