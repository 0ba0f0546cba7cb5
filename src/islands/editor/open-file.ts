/** The content of a file of `~/lab`. */
export interface Content {
  text: string;
  version: string;
}

/** A file in the editor. */
export interface OpenFile {
  readonly path: string;
  /** As last read or written; `undefined` when the file does not exist. */
  readonly base: Content | undefined;
  /** The text in the editor. */
  readonly text: string;
  /** What was written elsewhere while there were unsaved changes here. The learner decides. */
  readonly theirs: Content | undefined;
  /** The lesson's version, if it has one. */
  readonly lesson: string | undefined;
}

/** A file that has just been read. */
export function opened(path: string, base: Content | undefined, lesson?: string): OpenFile {
  return { path, base, text: base?.text ?? '', theirs: undefined, lesson };
}

export function isUnsaved({ base, text }: OpenFile): boolean {
  return base?.text !== text;
}

/** Whether the lesson's version differs from the text in the editor. */
export function differsFromLesson({ lesson, text }: OpenFile): boolean {
  return lesson !== undefined && lesson.trimEnd() !== text.trimEnd();
}

/**
 * The file now has the content `found`. Keeps unsaved text, and keeps both versions when both have
 * changed.
 */
export function noticed(file: OpenFile, found: Content | undefined): OpenFile {
  const isUntouched = !isUnsaved(file);
  if (found === undefined) return { ...file, base: undefined, theirs: undefined };
  if (found.version === file.base?.version) return { ...file, theirs: undefined };
  if (isUntouched || found.text === file.text) {
    return { ...file, base: found, text: found.text, theirs: undefined };
  }
  return { ...file, theirs: found };
}

/** The file was written. Edits made meanwhile are unsaved. */
export function saved(file: OpenFile, written: Content): OpenFile {
  return { ...file, base: written, theirs: undefined };
}

/** The learner keeps the text in the editor: saving will replace the other version. */
export function keepMine(file: OpenFile): OpenFile {
  return { ...file, base: file.theirs ?? file.base, theirs: undefined };
}

export function takeTheirs(file: OpenFile): OpenFile {
  const { theirs } = file;
  return theirs === undefined
    ? file
    : { ...file, base: theirs, text: theirs.text, theirs: undefined };
}
