export interface LessonErrorPlace {
  /** Path from the project's root. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/**
 * A mistake in a lesson or lab that the author must correct. The message names file, line and
 * column, what is wrong, and what is allowed.
 */
export class LessonError extends Error {
  override readonly name = 'LessonError';
  readonly code = 'LAB_LESSON_INVALID';
  readonly place: LessonErrorPlace;

  /**
   * @param what is wrong, without a full stop
   * @param allowed what could be there instead
   */
  constructor(place: LessonErrorPlace, what: string, allowed: string) {
    super(`${place.file}:${place.line}:${place.column}: ${what}. Allowed: ${allowed}.`);
    this.place = place;
  }
}
