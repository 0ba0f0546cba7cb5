import { z } from 'zod';

/** The largest file that the editor opens. */
export const MAX_FILE_BYTES = 256 * 1024;
/** The most files and folders in a list. */
export const MAX_FILES = 500;

const SEGMENT = /^[^/\u0000-\u001f\u007f\ufffd]{1,255}$/u;

/**
 * The path of a file in `~/lab`, with "/" between folders. No "..", no empty part, no control
 * characters.
 */
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

/** SHA-256 of the content that was read. */
export const fileVersionSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const fileEntrySchema = z.object({
  path: filePathSchema,
  kind: z.enum(['file', 'folder', 'other']),
  /** In bytes. */
  size: z.int().nonnegative(),
  /** The last change, in milliseconds since 1970 by the workstation's clock. */
  modifiedMs: z.number(),
});

export type FileEntry = z.infer<typeof fileEntrySchema>;

/** The content of `~/lab`, by path, without hidden files and editors' backups (`name~`). */
export const fileListSchema = z.object({
  files: z.array(fileEntrySchema),
  /** Whether there is more than the list has. */
  truncated: z.boolean(),
});

export type FileList = z.infer<typeof fileListSchema>;

export const fileSchema = z.object({
  path: filePathSchema,
  text: z.string(),
  version: fileVersionSchema,
});

export type LabFile = z.infer<typeof fileSchema>;

/**
 * The body of `PUT …/files/*`. `If-Match: "<version>"` names the version to replace; with
 * `If-None-Match: *` the file must not exist.
 */
export const writeFileSchema = z.strictObject({ text: z.string() });

/** The result of writing a file. */
export const writtenFileSchema = fileSchema.omit({ text: true });
