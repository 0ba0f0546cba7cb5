import { WIDE, type Grid } from './grid.ts';
import { arrowAt, lineAt, type Heading } from './lines.ts';

/** A closed rectangle, by its corner cells. */
export interface Box {
  top: number;
  left: number;
  bottom: number;
  right: number;
  /** How many boxes surround it. */
  depth: number;
}

/** A straight line from the middle of a cell to the middle of a later one. */
export interface Segment {
  direction: 'across' | 'down';
  row: number;
  column: number;
  /** In cells, from middle to middle; at least 1. */
  length: number;
}

export interface Arrow {
  row: number;
  column: number;
  heading: Heading;
}

export interface Label {
  row: number;
  column: number;
  text: string;
  /** In cells: full-width characters take two. */
  width: number;
}

export interface Shapes {
  boxes: Box[];
  segments: Segment[];
  arrows: Arrow[];
  labels: Label[];
}

/** Everything drawn in `grid`. Outer boxes come before those inside them. */
export function findShapes(grid: Grid): Shapes {
  const boxes = findBoxes(grid);
  const border = new Set(boxes.flatMap(borderCells));
  return {
    boxes,
    segments: findSegments(grid, border),
    arrows: findArrows(grid),
    labels: findLabels(grid),
  };
}

function cellKey(row: number, column: number): string {
  return `${row},${column}`;
}

function* cells(grid: Grid): Generator<[row: number, column: number]> {
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) yield [row, column];
  }
}

function findBoxes(grid: Grid): Box[] {
  const boxes: Box[] = [];
  for (const [top, left] of cells(grid)) {
    const corner = lineAt(grid, top, left);
    if (!corner?.right || !corner.down) continue;
    const box = closeBox(grid, top, left);
    if (box !== undefined) boxes.push(box);
  }
  for (const box of boxes) box.depth = boxes.filter((other) => isInside(box, other)).length;
  return boxes.sort((a, b) => a.depth - b.depth);
}

function closeBox(grid: Grid, top: number, left: number): Box | undefined {
  for (let right = left + 1; right < grid.columns; right += 1) {
    const line = lineAt(grid, top, right);
    // A title may interrupt the upper edge; a gap may not.
    if (line === undefined && grid.at(top, right) === ' ' && grid.at(top, right + 1) === ' ')
      return undefined;
    if (!line?.left || !line.down) continue;
    const bottom = closeBelow(grid, top, left, right);
    if (bottom !== undefined) return { top, left, bottom, right, depth: 0 };
  }
  return undefined;
}

function closeBelow(grid: Grid, top: number, left: number, right: number): number | undefined {
  for (let row = top + 1; row < grid.rows; row += 1) {
    const west = lineAt(grid, row, left);
    const east = lineAt(grid, row, right);
    if (!west?.up && !isCrossed(grid, row, left)) return undefined;
    if (!east?.up && !isCrossed(grid, row, right)) return undefined;
    if (west?.right && east?.left && isClosed(grid, row, left, right)) return row;
  }
  return undefined;
}

/** Whether a line or an arrow crosses this cell of an upright edge. */
function isCrossed(grid: Grid, row: number, column: number): boolean {
  const line = lineAt(grid, row, column);
  return (line?.left && line.right) ?? arrowAt(grid, row, column) !== undefined;
}

function isClosed(grid: Grid, row: number, left: number, right: number): boolean {
  for (let column = left; column <= right; column += 1) {
    const line = lineAt(grid, row, column);
    const isLine = line !== undefined && (line.left || line.right);
    if (!isLine && arrowAt(grid, row, column) === undefined) return false;
  }
  return true;
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner !== outer &&
    inner.top > outer.top &&
    inner.bottom < outer.bottom &&
    inner.left > outer.left &&
    inner.right < outer.right
  );
}

function borderCells(box: Box): string[] {
  const keys: string[] = [];
  for (let column = box.left; column <= box.right; column += 1) {
    keys.push(cellKey(box.top, column), cellKey(box.bottom, column));
  }
  for (let row = box.top; row <= box.bottom; row += 1) {
    keys.push(cellKey(row, box.left), cellKey(row, box.right));
  }
  return keys;
}

/** Joins the middles of adjacent cells whose lines meet, except along the borders of boxes. */
function findSegments(grid: Grid, border: ReadonlySet<string>): Segment[] {
  const segments: Segment[] = [];
  const join = (direction: Segment['direction'], row: number, column: number) => {
    const [nextRow, nextColumn] = direction === 'across' ? [row, column + 1] : [row + 1, column];
    const onBorder = border.has(cellKey(row, column)) && border.has(cellKey(nextRow, nextColumn));
    const [out, back]: [Heading, Heading] =
      direction === 'across' ? ['right', 'left'] : ['down', 'up'];
    const leaves = touches(grid, row, column, out);
    const enters = touches(grid, nextRow, nextColumn, back);
    // A line that ends at the plain side of a box meets it.
    const meets =
      (leaves && lineAt(grid, nextRow, nextColumn) !== undefined) ||
      (enters && lineAt(grid, row, column) !== undefined) ||
      (leaves && enters);
    if (meets && !onBorder) extend(segments, direction, row, column);
  };
  for (const [row, column] of cells(grid)) join('across', row, column);
  for (let column = 0; column < grid.columns; column += 1) {
    for (let row = 0; row < grid.rows; row += 1) join('down', row, column);
  }
  return segments;
}

/** Whether a line, or the tail of an arrow, reaches `side` of its cell. */
function touches(grid: Grid, row: number, column: number, side: Heading): boolean {
  const heading = arrowAt(grid, row, column);
  return heading === undefined
    ? (lineAt(grid, row, column)?.[side] ?? false)
    : opposite[heading] === side;
}

const opposite: Record<Heading, Heading> = { up: 'down', down: 'up', left: 'right', right: 'left' };

function extend(
  segments: Segment[],
  direction: 'across' | 'down',
  row: number,
  column: number,
): void {
  const last = segments.at(-1);
  const continues =
    last?.direction === direction &&
    (direction === 'across'
      ? last.row === row && last.column + last.length === column
      : last.column === column && last.row + last.length === row);
  if (continues) last.length += 1;
  else segments.push({ direction, row, column, length: 1 });
}

function findArrows(grid: Grid): Arrow[] {
  return [...cells(grid)].flatMap(([row, column]) => {
    const heading = arrowAt(grid, row, column);
    return heading === undefined ? [] : [{ row, column, heading }];
  });
}

/** Whatever is neither line nor arrow is text; two spaces end a label. */
function findLabels(grid: Grid): Label[] {
  const labels: Label[] = [];
  for (let row = 0; row < grid.rows; row += 1) {
    let open: Label | undefined;
    for (let column = 0; column < grid.columns; column += 1) {
      const character = grid.at(row, column);
      const isText =
        character !== ' ' &&
        lineAt(grid, row, column) === undefined &&
        arrowAt(grid, row, column) === undefined;
      if (!isText) continue;
      const gap = open === undefined ? Infinity : column - open.column - open.width;
      const spaced = gap === 0 || (gap === 1 && grid.at(row, column - 1) === ' ');
      if (open === undefined || !spaced) {
        open = { row, column, text: '', width: 0 };
        labels.push(open);
      }
      open.text +=
        (gap === 1 && open.text !== '' ? ' ' : '') + (character === WIDE ? '' : character);
      open.width = column - open.column + 1;
    }
  }
  return labels;
}
