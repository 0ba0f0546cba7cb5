import { expect, test } from 'vitest';
import { parseMeta } from './fence-meta.ts';

test('flags and values of a fence', () => {
  const { flags, values } = parseMeta('run title="two words" file=web.yaml');
  expect([...flags]).toEqual(['run']);
  expect([...values]).toEqual([
    ['title', 'two words'],
    ['file', 'web.yaml'],
  ]);
});

test('nothing after the language is nothing', () => {
  expect(parseMeta('')).toEqual({ flags: new Set(), values: new Map() });
});
