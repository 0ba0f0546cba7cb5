/** Where a text is edited, by whatever does it in this browser. Holds one text by path, with its place and its history. */
export interface Area extends Disposable {
  readonly element: HTMLElement;
  /** Shows a text, in the place of the one before. A path that it knows keeps what it has. */
  show(path: string, text: string): void;
  /** Somebody else changed the text; the cursor stays where it is, as far as it can. */
  replace(path: string, text: string): void;
  forget(path: string): void;
  /** Shows `other` beside the text shown, which can still be edited; `undefined` ends that. */
  compare(other: { text: string; label: string } | undefined): void;
  focus(): void;
  /** Called at each edit by the learner, not by `show` or `replace`. */
  onEdit: (path: string, text: string) => void;
}
