const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';
const ENTER = '\r';
/**
 * Abort, move to the end of the line, erase it. What was half-typed at the prompt is not part of
 * the code, and the code must not answer a search, a pending Escape, or "Display all 120
 * possibilities?".
 */
const CLEAR_LINE = '\x07\x05\x15';

/** Everything that is not text: an escape sequence could end a bracketed paste early. */
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * The keys that make a shell run `code`. A shell with bracketed paste gets it as one block, which
 * can be recalled and edited as written; any other program gets it line by line.
 */
export function typedCode(code: string, isBracketed: boolean): string {
  const text = code.replaceAll(/\r\n?/g, '\n').replaceAll(controls, '').replace(/\n+$/, '');
  const lines = text.replaceAll('\n', ENTER);
  if (isBracketed) return `${CLEAR_LINE}${PASTE_BEGIN}${lines}${PASTE_END}${ENTER}`;
  // A typed tab would trigger completion.
  return `${lines.replaceAll('\t', '  ')}${ENTER}`;
}

const replies = /^\x1b(?:\[[?>=]?[\d;]*(?:[cnRtxyIO]|\$y|u)|[\]P_][\s\S]*(?:\x07|\x1b\\))$/;

/**
 * Whether `data` is a terminal's own message, such as a reply to a query or a change of focus,
 * rather than typing.
 */
export function isReply(data: string): boolean {
  return replies.test(data);
}
