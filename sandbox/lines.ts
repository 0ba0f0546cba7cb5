/** Splits text that arrives in chunks into lines. */
export class LineReader {
  readonly #maxChars: number;
  readonly #tooLong: () => Error;
  #rest = '';

  /** @param tooLong the error for a line of more than `maxChars` characters */
  constructor(
    maxChars = Infinity,
    tooLong = (): Error => new RangeError(`a line has more than ${maxChars} characters`),
  ) {
    this.#maxChars = maxChars;
    this.#tooLong = tooLong;
  }

  /** What follows the last line break so far. */
  get rest(): string {
    return this.#rest;
  }

  /**
   * The lines that `chunk` completes, without their line breaks. Throws as soon as a line is too
   * long, finished or not.
   */
  push(chunk: string): string[] {
    const lines = chunk.split('\n');
    lines[0] = this.#rest + (lines[0] ?? '');
    // Before the check: what is too long is not kept.
    this.#rest = '';
    if (lines.some(({ length }) => length > this.#maxChars)) throw this.#tooLong();
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
