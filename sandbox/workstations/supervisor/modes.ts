const ESC = 0x1b;
/** The longest sequence that may span two chunks. */
const MAX_SEQUENCE = 64;
const PRIVATE_MODE = /^\x1b\[\?([0-9;]{1,48})([hl])/;
const FULL_RESET = '\x1bc';
const UNFINISHED = /^\x1b(\[(\?[0-9;]*)?)?$/;
const ALTERNATE_SCREEN = [47, 1047, 1049];

/**
 * Records the private modes (alternate screen, bracketed paste, mouse, cursor) that output has set,
 * so that a replay of later output can start in the same modes. It parses only what follows an
 * escape, so that it costs little more than a scan for one byte.
 */
export class PrivateModes {
  readonly #modes = new Map<number, boolean>();
  #carry: Buffer = Buffer.alloc(0);

  /** An independent copy. */
  clone(): PrivateModes {
    const copy = new PrivateModes();
    for (const [mode, on] of this.#modes) copy.#modes.set(mode, on);
    copy.#carry = this.#carry;
    return copy;
  }

  get isAlternateScreen(): boolean {
    return ALTERNATE_SCREEN.some((mode) => this.#modes.get(mode) === true);
  }

  feed(bytes: Buffer): void {
    const data = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]);
    this.#carry = Buffer.alloc(0);
    for (let at = data.indexOf(ESC); at !== -1; at = data.indexOf(ESC, at + 1)) {
      const text = data.toString('latin1', at, at + MAX_SEQUENCE);
      const match = PRIVATE_MODE.exec(text);
      if (match?.[1] !== undefined) {
        for (const mode of match[1].split(';')) this.#modes.set(Number(mode), match[2] === 'h');
      } else if (text.startsWith(FULL_RESET)) {
        this.#modes.clear();
      } else if (data.length - at < MAX_SEQUENCE && UNFINISHED.test(text)) {
        this.#carry = Buffer.from(data.subarray(at));
      }
    }
  }

  /** The sequences that set these modes in a terminal that was just reset. */
  toSequence(): string {
    return [...this.#modes].map(([mode, on]) => `\x1b[?${mode}${on ? 'h' : 'l'}`).join('');
  }
}
