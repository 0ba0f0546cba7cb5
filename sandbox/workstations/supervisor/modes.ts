const ESC = 0x1b;
/** The longest sequence that is carried from one chunk to the next. */
const MAX_SEQUENCE = 64;
const PRIVATE_MODE = /^\x1b\[\?([0-9;]{1,48})([hl])/;
const FULL_RESET = '\x1bc';
const UNFINISHED = /^\x1b(\[(\?[0-9;]*)?)?$/;
const ALTERNATE_SCREEN = [47, 1047, 1049];

/**
 * Remembers which private modes (alternate screen, bracketed paste, mouse, cursor) a stretch of output set, so that a replay that begins after it
 * begins in the same modes. Looks only at what follows an escape: a scan for one byte costs next to nothing.
 */
export class PrivateModes {
  readonly #modes = new Map<number, boolean>();
  #carry: Buffer = Buffer.alloc(0);

  /** Another that goes on from here by itself. */
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

  /** The sequences that bring a freshly reset terminal into these modes. */
  toSequence(): string {
    return [...this.#modes].map(([mode, on]) => `\x1b[?${mode}${on ? 'h' : 'l'}`).join('');
  }
}
