import { z } from 'zod';

/**
 * Every error code that the server sends. Codes are permanent: clients may match on them. The
 * server has the English texts in `sandbox/errors.ts`, the site translations in `src/i18n/`; both
 * are checked against this list, so that no code is without a text.
 */
export type LabErrorCode =
  | 'LAB_INPUT_INVALID'
  | 'LAB_INPUT_TOO_LARGE'
  | 'LAB_NOT_FOUND'
  | 'LAB_LAB_UNKNOWN'
  | 'LAB_STEP_UNKNOWN'
  | 'LAB_SESSION_UNKNOWN'
  | 'LAB_SESSION_FORBIDDEN'
  | 'LAB_SESSION_ENDED'
  | 'LAB_SESSION_NOT_READY'
  | 'LAB_NODE_UNKNOWN'
  | 'LAB_NODE_VITAL'
  | 'LAB_SERVER_SILENT'
  | 'LAB_CHECKPOINT_FAILED'
  | 'LAB_FILE_UNKNOWN'
  | 'LAB_FILE_OUTSIDE'
  | 'LAB_FILE_NOT_TEXT'
  | 'LAB_FILE_TOO_LARGE'
  | 'LAB_FILE_CHANGED'
  | 'LAB_FILE_FAILED'
  | 'LAB_PREVIEW_UNKNOWN'
  | 'LAB_PREVIEW_UNAVAILABLE'
  | 'LAB_PREVIEW_FORBIDDEN'
  | 'LAB_PREVIEW_ABSENT'
  | 'LAB_PREVIEW_NOT_READY'
  | 'LAB_PREVIEW_SILENT'
  | 'LAB_PREVIEW_ASLEEP'
  | 'LAB_ORIGIN_FORBIDDEN'
  | 'LAB_LIMIT_RATE'
  | 'LAB_CAPACITY_FULL'
  | 'LAB_SANDBOX_PREPARING'
  | 'LAB_IMAGES_PREPARING'
  | 'LAB_SANDBOX_UNAVAILABLE'
  | 'LAB_ENGINE_MISSING'
  | 'LAB_ENGINE_UNSUPPORTED'
  | 'LAB_ENGINE_UNREACHABLE'
  | 'LAB_HOST_UNFIT'
  | 'LAB_DISK_FULL'
  | 'LAB_IMAGE_BUILD_FAILED'
  | 'LAB_CLUSTER_START_FAILED'
  | 'LAB_CLUSTER_TIMEOUT'
  | 'LAB_WORKSTATION_START_FAILED'
  | 'LAB_SANDBOX_LOST'
  | 'LAB_TERMINAL_LIMIT'
  | 'LAB_LESSON_INVALID'
  | 'LAB_STATE_LOCKED'
  | 'LAB_STATE_NEWER'
  | 'LAB_INTERNAL';

/** The body of every response that is not a success. */
export const errorBodySchema = z.object({
  error: z.object({
    /** A {@link LabErrorCode}; a page older than its server may not know it. */
    code: z.string().regex(/^LAB_[A-Z_]+$/),
    /** What went wrong, in a few words. */
    title: z.string(),
    /** What happened this time, and to which object. */
    message: z.string(),
    /** What the reader can do now. */
    hint: z.string(),
  }),
});

export type ErrorBody = z.infer<typeof errorBodySchema>;
