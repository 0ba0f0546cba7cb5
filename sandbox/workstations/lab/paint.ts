export type Colour = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

const CODES: Record<Colour, number> = { green: 32, red: 31, yellow: 33, bold: 1, dim: 2 };

/** Colours text, or returns it unchanged. */
export type Paint = (text: string, colour: Colour) => string;

export const plain: Paint = (text) => text;
export const coloured: Paint = (text, colour) => `\x1b[${CODES[colour]}m${text}\x1b[0m`;

/** Replaces control characters by dots: text from a cluster may contain terminal sequences. */
export function sanitize(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
}
