/** What a file of `~/lab` holds. */
export interface Content {
  text: string;
  version: string;
}

/** A file in the editor. */
export interface OpenFile {
  readonly path: string;
  /** As it was last read or written; `undefined` when there is no such file yet, or no longer. */
  readonly base: Content | undefined;
  /** As the editor has it. */
  readonly text: string;
  /** What somebody else wrote, while there were unsaved changes here: the learner decides. */
  readonly theirs: Content | undefined;
  /** What the lesson has for it, where it has something. */
  readonly lesson: string | undefined;
}

/** A file as it is read. */
export function opened(path: string, base: Content | undefined, lesson?: string): OpenFile {
  return { path, base, text: base?.text ?? '', theirs: undefined, lesson };
}

export function isUnsaved({ base, text }: OpenFile): boolean {
  return base?.text !== text;
}

/** Whether the lesson has another version than the editor. */
export function differsFromLesson({ lesson, text }: OpenFile): boolean {
  return lesson !== undefined && lesson.trimEnd() !== text.trimEnd();
}

/** The file is found to hold `found` now. What is unsaved here stays, and nothing that is there is lost: where both changed, they stand beside each other. */
export function noticed(file: OpenFile, found: Content | undefined): OpenFile {
  const isUntouched = !isUnsaved(file);
  if (found === undefined) return { ...file, base: undefined, theirs: undefined };
  if (found.version === file.base?.version) return { ...file, theirs: undefined };
  if (isUntouched || found.text === file.text) {
    return { ...file, base: found, text: found.text, theirs: undefined };
  }
  return { ...file, theirs: found };
}

/** It has been written; what was typed meanwhile is unsaved. */
export function saved(file: OpenFile, written: Content): OpenFile {
  return { ...file, base: written, theirs: undefined };
}

/** The learner keeps what is in the editor: saving will replace what the others wrote. */
export function keepMine(file: OpenFile): OpenFile {
  return { ...file, base: file.theirs ?? file.base, theirs: undefined };
}

export function takeTheirs(file: OpenFile): OpenFile {
  const { theirs } = file;
  return theirs === undefined
    ? file
    : { ...file, base: theirs, text: theirs.text, theirs: undefined };
}
