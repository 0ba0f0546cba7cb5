import { expect, test } from 'vitest';
import { toGrid } from './grid.ts';
import { findShapes } from './shapes.ts';
import { drawDiagram } from './svg.ts';

const shapesOf = (source: string) => findShapes(toGrid(source));

const nested = `
  +-- worker1 ---------+      +-----+
  | +-------+ +------+ |      |     |
  | | pod a | | pod b| |----->| web |
  | +-------+ +------+ |      +-----+
  +--------------------+         |
                                 v
                              storage
`;

test('finds rectangles as boxes, with their depth', () => {
  const { boxes } = shapesOf(nested);
  expect(boxes.map(({ left, right, depth }) => [left, right, depth])).toEqual([
    [0, 21, 0],
    [28, 34, 0],
    [2, 10, 1],
    [12, 19, 1],
  ]);
});

test('reads box-drawing characters like ASCII', () => {
  const ascii = shapesOf('+---+\n| a |\n+---+\n  |\n  v\n');
  const drawn = shapesOf('┌───┐\n│ a │\n└───┘\n  │\n  ▼\n');
  expect(drawn.boxes).toEqual(ascii.boxes);
  expect(drawn.segments).toEqual(ascii.segments);
  expect(drawn.arrows).toEqual(ascii.arrows);
});

test('joins lines to the boxes they start at, and ends them in arrows', () => {
  const { segments, arrows } = shapesOf(nested);
  expect(segments).toEqual([
    { direction: 'across', row: 2, column: 21, length: 6 },
    { direction: 'down', row: 3, column: 31, length: 2 },
  ]);
  expect(arrows).toEqual([
    { row: 2, column: 27, heading: 'right' },
    { row: 5, column: 31, heading: 'down' },
  ]);
});

test('allows a line through the edge of a box', () => {
  const { boxes, segments, arrows } = shapesOf(`
       +- pod -----+
+---+  |  +---+    |
| a | --->| b |    |
+---+  |  +---+    |
       +-----------+`);
  expect(boxes.map(({ left, right }) => [left, right])).toEqual([
    [7, 19],
    [0, 4],
    [10, 14],
  ]);
  expect(segments).toContainEqual({ direction: 'across', row: 2, column: 6, length: 3 });
  expect(arrows).toEqual([{ row: 2, column: 9, heading: 'right' }]);
});

test('keeps two boxes apart that touch', () => {
  const { boxes } = shapesOf('+- a -+\n|  1  |\n+-----+\n+- b -+\n|  2  |\n+-----+');
  expect(boxes.map(({ top, bottom }) => [top, bottom])).toEqual([
    [0, 2],
    [3, 5],
  ]);
});

test('spaces full-width letters to their cells instead of stretching them', () => {
  expect(drawDiagram('コンテナ web').markup).toContain('class="wide"');
  expect(drawDiagram('container').markup).not.toContain('class="wide"');
});

test('leaves hyphens, bars and signs inside words as text', () => {
  const { segments, arrows, labels } = shapesOf('kubectl run web-1 --image=x | tee a+b > v');
  expect(segments).toEqual([]);
  expect(arrows).toEqual([]);
  expect(labels.map((label) => label.text)).toEqual(['kubectl run web-1 --image=x | tee a+b > v']);
});

test('reads a title in the upper edge as a label, not as a gap', () => {
  const { labels } = shapesOf(nested);
  expect(labels[0]).toEqual({ row: 0, column: 4, text: 'worker1', width: 7 });
});

test('gives full-width characters two cells', () => {
  const { labels, boxes } = shapesOf('┌────────┐\n│ ノード │\n└────────┘');
  expect(boxes).toHaveLength(1);
  expect(labels).toEqual([{ row: 1, column: 2, text: 'ノード', width: 6 }]);
});

test('draws an open rectangle as lines, not as a box', () => {
  const { boxes, segments } = shapesOf('+----\n|\n+----');
  expect(boxes).toEqual([]);
  expect(segments.length).toBeGreaterThan(0);
});

test('escapes text', () => {
  expect(drawDiagram('a < b & c').markup).toContain('a &lt; b &amp; c');
});

test('draws an empty diagram as an empty picture', () => {
  expect(drawDiagram('').labels).toEqual([]);
});

test('takes the role of a box from its name, otherwise from its depth', () => {
  const { markup } = drawDiagram(
    '+------------+\n| container  |\n+------------+\n\n+---+\n| x |\n+---+',
  );
  expect(markup).toContain('class="box container"');
  expect(markup).toContain('class="box node"');
});
