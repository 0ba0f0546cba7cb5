const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';
const ENTER = '\r';
/**
 * Abort, to the end of the line, erase it. What stood half-typed at the prompt is not part of the code, nor is the code the answer to a
 * search, to a pending Escape, or to "Display all 120 possibilities?".
 */
const CLEAR_LINE = '\x07\x05\x15';

/** Whatever a keyboard could do beyond text: an escape could end a bracketed paste early. */
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * The keys that make a shell run `code`. A shell that understands bracketed paste takes it as one block, to be recalled and edited as it
 * was; any other program gets it line by line.
 */
export function typedCode(code: string, isBracketed: boolean): string {
  const text = code.replaceAll(/\r\n?/g, '\n').replaceAll(controls, '').replace(/\n+$/, '');
  const lines = text.replaceAll('\n', ENTER);
  if (isBracketed) return `${CLEAR_LINE}${PASTE_BEGIN}${lines}${PASTE_END}${ENTER}`;
  // A typed tab would complete something.
  return `${lines.replaceAll('\t', '  ')}${ENTER}`;
}

const replies = /^\x1b(?:\[[?>=]?[\d;]*(?:[cnRtxyIO]|\$y|u)|[\]P_][\s\S]*(?:\x07|\x1b\\))$/;

/** Whether `data` is what a terminal answers to a query, or tells by itself (its focus), rather than what somebody types. */
export function isReply(data: string): boolean {
  return replies.test(data);
}
