const ESCAPED = /\\[\s\S]/y;
const QUOTED = /'[^']*'|\$'(?:\\[\s\S]|[^'\\])*'|`(?:\\[\s\S]|[^`\\])*`/y;
const OPEN_QUOTE = /\$?'|`/y;
const COMMENT = /#[^\n]*/y;
const HERE_STRING = /<<</y;
const HEREDOC = /<<(-?)[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|()<>'"\\])+)/y;
const ARITHMETIC = /\(\(/y;
/** Stands for what was quoted, so that it is not mistaken for a keyword. */
const WORD = '_';

/**
 * Shell code reduced to its structure: without quoted text, comments, arithmetic, and the bodies of
 * here-documents. `undefined` while one of these is open. Escaped characters are gone too, except
 * for a backslash at the very end.
 */
export function bareCode(text: string): string | undefined {
  return new Scanner(text).read();
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #bare = '';
  /** Here-documents whose bodies start at the next line. */
  #heredocs: { end: string; stripsTabs: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): string | undefined {
    while (this.#at < this.#text.length) {
      if (!this.#readPiece()) return undefined;
    }
    return this.#heredocs.length > 0 ? undefined : this.#bare;
  }

  /**
   * Reads one character, or one thing to leave out. Returns false if that is still open at the end.
   */
  #readPiece(): boolean {
    if (this.#take(ESCAPED) || this.#take(HERE_STRING)) return true;
    if (this.#take(QUOTED)) return this.#add(WORD);
    if (this.#take(OPEN_QUOTE)) return false;
    if (this.#isWordStart && this.#take(COMMENT)) return true;
    if (this.#takeArithmetic()) return this.#add(WORD);
    const heredoc = this.#take(HEREDOC);
    if (heredoc) {
      const end = (heredoc[2] ?? '').replaceAll(/\\(.)|['"]/g, '$1');
      this.#heredocs.push({ end, stripsTabs: heredoc[1] === '-' });
      return true;
    }
    const character = this.#text[this.#at++] ?? '';
    if (character === '"') return this.#readDoubleQuotes();
    this.#add(character);
    return character !== '\n' || this.#readBodies();
  }

  #add(bare: string): true {
    this.#bare += bare;
    return true;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  get #isWordStart(): boolean {
    return this.#at === 0 || /[\s;&|()]/.test(this.#text[this.#at - 1] ?? '');
  }

  /** Only `((…))` is arithmetic: `((cd /; ls); pwd)` is a subshell in a subshell. */
  #takeArithmetic(): boolean {
    const start = this.#at;
    if (!this.#take(ARITHMETIC)) return false;
    for (let depth = 2; this.#at < this.#text.length;) {
      const character = this.#text[this.#at++];
      if (character === '(') depth++;
      if (character === ')') depth--;
      if (depth === 1 && this.#text[this.#at] !== ')') break;
      if (depth === 0) return true;
    }
    this.#at = start;
    return false;
  }

  /**
   * A substitution inside double quotes is code again, with its own quotes and here-documents.
   */
  #readDoubleQuotes(): boolean {
    const before = this.#bare;
    while (this.#at < this.#text.length) {
      if (this.#take(ESCAPED)) continue;
      if (this.#text.startsWith('$(', this.#at)) {
        this.#at++;
        if (!this.#takeArithmetic() && !this.#readSubstitution()) return false;
      } else if (this.#text[this.#at++] === '"') {
        this.#bare = before + WORD;
        return true;
      }
    }
    return false;
  }

  #readSubstitution(): boolean {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const read = this.#bare.length;
      if (!this.#readPiece()) return false;
      const bare = this.#bare.slice(read);
      if (bare === '(') depth++;
      if (bare === ')') depth--;
      if (depth === 0) return true;
    }
    return false;
  }

  #readBodies(): boolean {
    for (const { end, stripsTabs } of this.#heredocs.splice(0)) {
      for (let line: string | undefined; line !== end;) {
        if (this.#at >= this.#text.length) return false;
        const stop = this.#text.indexOf('\n', this.#at);
        line = this.#text.slice(this.#at, stop === -1 ? undefined : stop);
        if (stripsTabs) line = line.replace(/^\t+/, '');
        this.#at = stop === -1 ? this.#text.length : stop + 1;
      }
    }
    return true;
  }
}
