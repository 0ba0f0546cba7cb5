/** The second half of a full-width character: a cell that is taken and prints nothing. */
export const WIDE = '\0';

const fullWidth =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/;

/** A diagram as cells. Cells outside of it read as spaces. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  at(row: number, column: number): string;
}

/**
 * Cuts `source` into cells; full-width characters take two. Drops the common indentation, and empty
 * lines at both ends.
 */
export function toGrid(source: string): Grid {
  const lines = trimBlock(source).map(toCells);
  return {
    columns: Math.max(1, ...lines.map((line) => line.length)),
    rows: Math.max(1, lines.length),
    at: (row, column) => lines[row]?.[column] ?? ' ',
  };
}

function toCells(line: string): string[] {
  return Array.from(line).flatMap((character) =>
    fullWidth.test(character) ? [character, WIDE] : [character],
  );
}

function trimBlock(source: string): string[] {
  const lines = source
    .replaceAll('\t', '    ')
    .split('\n')
    .map((line) => line.trimEnd());
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  const indents = lines.filter((line) => line !== '').map((line) => /^ */.exec(line)?.[0].length);
  const indent = Math.min(...indents.map((length) => length ?? 0));
  return lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0));
}
