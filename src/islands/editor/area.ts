/** A component that edits text. Keeps one text per path, with its cursor and history. */
export interface Area extends Disposable {
  readonly element: HTMLElement;
  /** Shows a file, instead of the one before. A known path keeps its cursor and history. */
  show(path: string, text: string): void;
  /** Replaces the text after a change elsewhere. The cursor stays as close as possible. */
  replace(path: string, text: string): void;
  forget(path: string): void;
  /**
   * Shows `other` beside the current text, which stays editable. `undefined` ends the comparison.
   */
  compare(other: { text: string; label: string } | undefined): void;
  focus(): void;
  /** Called at each edit by the learner, but not by `show` or `replace`. */
  onEdit: (path: string, text: string) => void;
}
