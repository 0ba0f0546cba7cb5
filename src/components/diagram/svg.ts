import { locales } from '../../i18n/locale.ts';
import { stringsOf } from '../../i18n/strings.ts';
import { toGrid } from './grid.ts';
import {
  findShapes,
  type Arrow,
  type Box,
  type Label,
  type Segment,
  type Shapes,
} from './shapes.ts';

/** The size of a cell. The ratio of monospaced type is between 6:10 and 1:2. */
const CELL_WIDTH = 10;
const CELL_HEIGHT = 20;

export interface DiagramSvg {
  /** What goes inside the `<svg>` element. The style sheet colours its classes. */
  markup: string;
  width: number;
  height: number;
  /** All labels, in reading order, for the description. */
  labels: string[];
}

/** Draws an ASCII diagram: closed rectangles become boxes, rules and bars lines, the rest text. */
export function drawDiagram(source: string): DiagramSvg {
  const grid = toGrid(source);
  const shapes = findShapes(grid);
  return {
    markup: [
      ...shapes.boxes.map((box) => boxMarkup(box, roleOf(box, shapes))),
      ...shapes.segments.map(segmentMarkup),
      ...shapes.arrows.map(arrowMarkup),
      ...shapes.labels.map((label) => labelMarkup(label, shapes.boxes)),
    ].join(''),
    width: grid.columns * CELL_WIDTH,
    height: grid.rows * CELL_HEIGHT,
    labels: shapes.labels.map((label) => label.text),
  };
}

const middleX = (column: number) => (column + 0.5) * CELL_WIDTH;
const middleY = (row: number) => (row + 0.5) * CELL_HEIGHT;

/** The words of every language that say what a box stands for. */
const roles = (['container', 'pod', 'node'] as const).map((role) => {
  const words = locales.flatMap((locale) => stringsOf(locale).diagram[role].split(', '));
  const letter = '[\\p{Script=Latin}_]';
  return { role, name: new RegExp(`(?<!${letter})(${words.join('|')})(?!${letter})`, 'iu') };
});

/** What a box stands for: its first label says so, otherwise its depth. */
function roleOf(box: Box, { labels, boxes }: Shapes): string {
  const own = labels.find((label) => innermost(label, boxes) === box);
  const named = roles.find(({ name }) => own !== undefined && name.test(own.text));
  return named?.role ?? ['node', 'pod', 'container'][box.depth] ?? 'container';
}

function innermost(label: Label, boxes: readonly Box[]): Box | undefined {
  return boxes.findLast(
    (box) =>
      label.row >= box.top &&
      label.row < box.bottom &&
      label.column > box.left &&
      label.column < box.right,
  );
}

function boxMarkup(box: Box, role: string): string {
  const x = middleX(box.left);
  const y = middleY(box.top);
  const width = middleX(box.right) - x;
  const height = middleY(box.bottom) - y;
  return `<rect class="box ${role}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`;
}

function segmentMarkup({ direction, row, column, length }: Segment): string {
  const path =
    direction === 'across' ? `H${middleX(column + length)}` : `V${middleY(row + length)}`;
  return `<path class="line" d="M${middleX(column)} ${middleY(row)}${path}"/>`;
}

const turns: Record<Arrow['heading'], number> = { right: 0, down: 90, left: 180, up: 270 };

function arrowMarkup({ row, column, heading }: Arrow): string {
  const place = `translate(${middleX(column)} ${middleY(row)}) rotate(${turns[heading]})`;
  return `<path class="arrow" transform="${place}" d="M-5-5L6 0L-5 5Z"/>`;
}

/**
 * A label keeps the width of its cells in any font: Latin letters stretch a little, full-width ones
 * are spaced out because they are square. A label on the edge of a box interrupts the edge.
 */
function labelMarkup(label: Label, boxes: readonly Box[]): string {
  const x = label.column * CELL_WIDTH;
  const onEdge = boxes.some(
    (box) =>
      (label.row === box.top || label.row === box.bottom) &&
      label.column > box.left &&
      label.column < box.right,
  );
  const width = label.width * CELL_WIDTH;
  const patch = onEdge
    ? `<rect class="patch" x="${x - 5}" y="${middleY(label.row) - 2}" width="${width + 10}" height="4"/>`
    : '';
  const isWide = label.width > label.text.length;
  const fit = isWide ? 'class="wide" lengthAdjust="spacing"' : 'lengthAdjust="spacingAndGlyphs"';
  const place = `x="${x}" y="${middleY(label.row) + 5.5}" textLength="${width}" ${fit}`;
  return `${patch}<text ${place}>${escapeText(label.text)}</text>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
