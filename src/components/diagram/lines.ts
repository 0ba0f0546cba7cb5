import type { Grid } from './grid.ts';

/** Which sides of its cell a line character touches. */
export interface Sides {
  up: boolean;
  down: boolean;
  left: boolean;
  right: boolean;
}

const none: Sides = { up: false, down: false, left: false, right: false };

/** Box-drawing characters by the sides they touch. */
const drawn: Record<string, Partial<Sides>> = {
  '─━═╌┄': { left: true, right: true },
  '│┃║╎┆': { up: true, down: true },
  '┌╭┏╔': { down: true, right: true },
  '┐╮┓╗': { down: true, left: true },
  '└╰┗╚': { up: true, right: true },
  '┘╯┛╝': { up: true, left: true },
  '├╠': { up: true, down: true, right: true },
  '┤╣': { up: true, down: true, left: true },
  '┬╦': { down: true, left: true, right: true },
  '┴╩': { up: true, left: true, right: true },
  '┼╬': { up: true, down: true, left: true, right: true },
};

const drawnSides = new Map(
  Object.entries(drawn).flatMap(([characters, sides]) =>
    Array.from(characters).map((character) => [character, { ...none, ...sides }] as const),
  ),
);

const wordy = /[\p{L}\p{N}_.=:/]/u;

export type Heading = keyof Sides;

const arrows = new Map<string, Heading>([
  ['▲', 'up'],
  ['↑', 'up'],
  ['▼', 'down'],
  ['↓', 'down'],
  ['◀', 'left'],
  ['◄', 'left'],
  ['←', 'left'],
  ['▶', 'right'],
  ['►', 'right'],
  ['→', 'right'],
]);

/** Which sides the line in a cell touches; `undefined` if the cell holds no line. */
export function lineAt(grid: Grid, row: number, column: number): Sides | undefined {
  const character = grid.at(row, column);
  if (character === '-')
    return isRule(grid, row, column) ? { ...none, left: true, right: true } : undefined;
  if (character === '|')
    return isBar(grid, row, column) ? { ...none, up: true, down: true } : undefined;
  if (character === '+') return cornerSides(grid, row, column);
  return drawnSides.get(character);
}

/** Where the arrow head in a cell points; `undefined` if the cell holds none. */
export function arrowAt(grid: Grid, row: number, column: number): Heading | undefined {
  const character = grid.at(row, column);
  const known = arrows.get(character);
  if (known !== undefined) return isJoined(grid, row, column, known) ? known : undefined;
  if (character === '>') return lineAt(grid, row, column - 1)?.right ? 'right' : undefined;
  if (character === '<') return lineAt(grid, row, column + 1)?.left ? 'left' : undefined;
  const besideWord = wordy.test(grid.at(row, column - 1)) || wordy.test(grid.at(row, column + 1));
  if (character === 'v' && !besideWord)
    return lineAt(grid, row - 1, column)?.down ? 'down' : undefined;
  if (character === '^' && !besideWord) return lineAt(grid, row + 1, column)?.up ? 'up' : undefined;
  return undefined;
}

/** A printed arrow is part of a line only if a line leads into its tail; otherwise it is text. */
function isJoined(grid: Grid, row: number, column: number, heading: Heading): boolean {
  if (heading === 'right') return lineAt(grid, row, column - 1)?.right ?? false;
  if (heading === 'left') return lineAt(grid, row, column + 1)?.left ?? false;
  if (heading === 'down') return lineAt(grid, row - 1, column)?.down ?? false;
  return lineAt(grid, row + 1, column)?.up ?? false;
}

/** A run of hyphens is a line unless it belongs to a word: `a-b`, `--image`. */
function isRule(grid: Grid, row: number, column: number): boolean {
  let from = column;
  let to = column;
  while (grid.at(row, from - 1) === '-') from -= 1;
  while (grid.at(row, to + 1) === '-') to += 1;
  const before = grid.at(row, from - 1);
  const after = grid.at(row, to + 1);
  if ('+<>'.includes(before) || '+<>'.includes(after)) return true;
  const length = to - from + 1;
  return length >= 3 || (length === 2 && !wordy.test(before) && !wordy.test(after));
}

function isBar(grid: Grid, row: number, column: number): boolean {
  return [grid.at(row - 1, column), grid.at(row + 1, column)].some(
    (character) => '|+^v▲▼'.includes(character) || drawnSides.has(character),
  );
}

function cornerSides(grid: Grid, row: number, column: number): Sides | undefined {
  const across = (character: string) => '-+'.includes(character) || drawnSides.has(character);
  // A corner directly below another starts the next box; it is not a side without length.
  const along = (character: string) => character === '|' || drawnSides.has(character);
  const sides = {
    up: along(grid.at(row - 1, column)) || grid.at(row - 1, column) === '^',
    down: along(grid.at(row + 1, column)) || grid.at(row + 1, column) === 'v',
    left: across(grid.at(row, column - 1)) || grid.at(row, column - 1) === '<',
    right: across(grid.at(row, column + 1)) || grid.at(row, column + 1) === '>',
  };
  return (sides.up || sides.down) && (sides.left || sides.right) ? sides : undefined;
}
