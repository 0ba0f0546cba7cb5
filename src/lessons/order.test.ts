import { expect, test } from 'vitest';
import { arrange, pageIn } from './order.ts';

const page = (id: string, order: number) => ({ id, order });

test('sorts lessons by unit, then by order, then by name', () => {
  const lessons = arrange([
    page('en/data/spark', 1),
    page('en/concepts/pods', 2),
    page('en/concepts/containers', 1),
    page('ja/concepts/containers', 1),
  ]);
  expect(lessons.map(({ slug }) => slug)).toEqual(['containers', 'pods', 'spark']);
  expect([...(lessons[0]?.pages.keys() ?? [])]).toEqual(['en', 'ja']);
});

test('rejects a folder that is not a unit', () => {
  expect(() => arrange([page('en/misc/pods', 1)])).toThrow('"misc" is not a unit');
});

test('falls back where a locale has no page', () => {
  const [lesson] = arrange([page('en/concepts/pods', 1)]);
  expect(pageIn(lesson!, 'ja', 'en').locale).toBe('en');
});
