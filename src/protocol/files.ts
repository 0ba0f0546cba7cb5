import { z } from 'zod';

/** More than this is not edited in a page. */
export const MAX_FILE_BYTES = 256 * 1024;
/** So many files and folders are listed at most. */
export const MAX_FILES = 500;

const SEGMENT = /^[^/\u0000-\u001f\u007f\ufffd]{1,255}$/u;

/** The path of a file below `~/lab`, its folders joined by "/". No "..", no empty part, no control characters. */
export const filePathSchema = z
  .string()
  .min(1)
  .max(512)
  .refine(
    (path) =>
      path.isWellFormed() &&
      path.split('/').every((part) => part !== '.' && part !== '..' && SEGMENT.test(part)),
    'a path below ~/lab',
  );

/** What a file held when it was read, as SHA-256. */
export const fileVersionSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const fileEntrySchema = z.object({
  path: filePathSchema,
  kind: z.enum(['file', 'folder', 'other']),
  /** Bytes. */
  size: z.int().nonnegative(),
  /** Of the last change, in milliseconds since 1970 by the workstation's clock. */
  modifiedMs: z.number(),
});

export type FileEntry = z.infer<typeof fileEntrySchema>;

/** What is below `~/lab`, by path; without hidden files and what an editor leaves as a backup (`name~`). */
export const fileListSchema = z.object({
  files: z.array(fileEntrySchema),
  /** There is more than is listed. */
  truncated: z.boolean(),
});

export type FileList = z.infer<typeof fileListSchema>;

export const fileSchema = z.object({
  path: filePathSchema,
  text: z.string(),
  version: fileVersionSchema,
});

export type LabFile = z.infer<typeof fileSchema>;

/** Body of `PUT …/files/*`. What it replaces is named by `If-Match: "<version>"`; `If-None-Match: *` means that there is nothing yet. */
export const writeFileSchema = z.strictObject({ text: z.string() });

/** What a file that was written holds now. */
export const writtenFileSchema = fileSchema.omit({ text: true });
