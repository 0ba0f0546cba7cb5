import { toGrid } from './grid.ts';
import {
  findShapes,
  type Arrow,
  type Box,
  type Label,
  type Segment,
  type Shapes,
} from './shapes.ts';

/** Size of a cell; 6:10 to 1:2 is how monospaced type stands. */
const CELL_WIDTH = 10;
const CELL_HEIGHT = 20;

export interface DiagramSvg {
  /** The `<svg>` element's inside. Colours come from the style sheet's classes. */
  markup: string;
  width: number;
  height: number;
  /** All labels, in reading order, for the description. */
  labels: string[];
}

/** Draws an ASCII diagram: closed rectangles as boxes, rules and bars as lines, the rest as text. */
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

const roles: [role: string, name: RegExp][] = [
  ['container', /\bcontainers?\b|コンテナ/i],
  ['pod', /\bpods?\b/i],
  ['node', /\b(nodes?|workers?|control[ -]plane|kubelet)\b|\bworker[-\d]|ノード|ワーカー/i],
];

/** What a box stands for: its first label says so, or else how deep it lies. */
function roleOf(box: Box, { labels, boxes }: Shapes): string {
  const own = labels.find((label) => innermost(label, boxes) === box);
  const named = roles.find(([, name]) => own !== undefined && name.test(own.text));
  return named?.[0] ?? ['node', 'pod', 'container'][box.depth] ?? 'container';
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
 * A label keeps the width of its cells in any font: Latin letters stretch a little, full-width ones are spaced out, for they are square. On
 * the edge of a box it interrupts the edge.
 */
function labelMarkup(label: Label, boxes: readonly Box[]): string {
  const x = label.column * CELL_WIDTH;
  const onEdge = boxes.some(
    (box) =>
      (label.row === box.top || label.row === box.bottom) &&
      label.column > box.left &&
      label.column < box.right,
  );
  const patch = onEdge
    ? `<rect class="patch" x="${x - 5}" y="${middleY(label.row) - 2}" width="${label.width * CELL_WIDTH + 10}" height="4"/>`
    : '';
  const isWide = label.width > label.text.length;
  const fit = isWide ? 'class="wide" lengthAdjust="spacing"' : 'lengthAdjust="spacingAndGlyphs"';
  return `${patch}<text x="${x}" y="${middleY(label.row) + 5.5}" textLength="${label.width * CELL_WIDTH}" ${fit}>${escapeText(label.text)}</text>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
