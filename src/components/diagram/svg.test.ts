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

test('rectangles become boxes, and know how deep they lie', () => {
  const { boxes } = shapesOf(nested);
  expect(boxes.map(({ left, right, depth }) => [left, right, depth])).toEqual([
    [0, 21, 0],
    [28, 34, 0],
    [2, 10, 1],
    [12, 19, 1],
  ]);
});

test('what is drawn with box characters is the same picture', () => {
  const ascii = shapesOf('+---+\n| a |\n+---+\n  |\n  v\n');
  const drawn = shapesOf('┌───┐\n│ a │\n└───┘\n  │\n  ▼\n');
  expect(drawn.boxes).toEqual(ascii.boxes);
  expect(drawn.segments).toEqual(ascii.segments);
  expect(drawn.arrows).toEqual(ascii.arrows);
});

test('lines meet the boxes that they come from, and arrows end them', () => {
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

test('a line may lead through the edge of a box', () => {
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

test('boxes that stand on each other stay two', () => {
  const { boxes } = shapesOf('+- a -+\n|  1  |\n+-----+\n+- b -+\n|  2  |\n+-----+');
  expect(boxes.map(({ top, bottom }) => [top, bottom])).toEqual([
    [0, 2],
    [3, 5],
  ]);
});

test('full-width letters are spaced to their cells rather than stretched', () => {
  expect(drawDiagram('コンテナ web').markup).toContain('class="wide"');
  expect(drawDiagram('container').markup).not.toContain('class="wide"');
});

test('hyphens, bars and signs inside words stay text', () => {
  const { segments, arrows, labels } = shapesOf('kubectl run web-1 --image=x | tee a+b > v');
  expect(segments).toEqual([]);
  expect(arrows).toEqual([]);
  expect(labels.map((label) => label.text)).toEqual(['kubectl run web-1 --image=x | tee a+b > v']);
});

test('a title in the upper edge is a label, not a hole', () => {
  const { labels } = shapesOf(nested);
  expect(labels[0]).toEqual({ row: 0, column: 4, text: 'worker1', width: 7 });
});

test('full-width characters take two cells', () => {
  const { labels, boxes } = shapesOf('┌────────┐\n│ ノード │\n└────────┘');
  expect(boxes).toHaveLength(1);
  expect(labels).toEqual([{ row: 1, column: 2, text: 'ノード', width: 6 }]);
});

test('an open rectangle is no box, but keeps its lines', () => {
  const { boxes, segments } = shapesOf('+----\n|\n+----');
  expect(boxes).toEqual([]);
  expect(segments.length).toBeGreaterThan(0);
});

test('text is escaped', () => {
  expect(drawDiagram('a < b & c').markup).toContain('a &lt; b &amp; c');
});

test('an empty diagram is an empty picture', () => {
  expect(drawDiagram('').labels).toEqual([]);
});

test('names decide what a box stands for, else its depth', () => {
  const { markup } = drawDiagram(
    '+------------+\n| container  |\n+------------+\n\n+---+\n| x |\n+---+',
  );
  expect(markup).toContain('class="box container"');
  expect(markup).toContain('class="box node"');
});
