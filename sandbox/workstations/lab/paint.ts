export type Colour = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

const CODES: Record<Colour, number> = { green: 32, red: 31, yellow: 33, bold: 1, dim: 2 };

/** Colours text, or leaves it as it is. */
export type Paint = (text: string, colour: Colour) => string;

export const plain: Paint = (text) => text;
export const coloured: Paint = (text, colour) => `\x1b[${CODES[colour]}m${text}\x1b[0m`;

/** What comes from a cluster may hold anything, also sequences that a terminal obeys: those become dots. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '·');
}
