import { expect, test } from 'vitest';
import { progressStorage as storage } from '../../tests/support/progress-storage.ts';
import { addProgress, progressFile, ProgressFileError } from './progress-file.ts';
import { progressIn } from './progress.ts';

test('a file takes progress to another browser, which keeps its own', () => {
  const here = storage('{"a":{"one":"2026-03-02","two":"2026-03-02"}}');
  const there = storage('{"a":{"one":"2026-03-01"},"b":{"one":"2026-03-01"}}');
  addProgress(progressFile(here), there);
  expect(JSON.parse(there.getItem('kindlab.progress.v1') ?? '')).toEqual({
    a: { one: '2026-03-01', two: '2026-03-02' },
    b: { one: '2026-03-01' },
  });
});

test.each([
  '',
  'no json',
  'null',
  '[]',
  '{}',
  '{"format":"other","labs":{}}',
  '{"format":"kindlab.progress.v1"}',
  '{"format":"kindlab.progress.v1","labs":{"a":{"one":1}}}',
  '{"format":"kindlab.progress.v1","labs":{"a":["one"]}}',
])('a file without progress changes nothing: %s', (file) => {
  const place = storage('{"a":{"one":"2026-03-01"}}');
  expect(() => addProgress(file, place)).toThrow(new ProgressFileError('not-progress'));
  expect([...progressIn(place).stepsDone('a')]).toEqual(['one']);
});

test('reports progress that the browser does not store', () => {
  const file = progressFile(storage('{"a":{"one":"2026-03-01"}}'));
  const forgetful = { getItem: () => null, setItem: () => undefined };
  expect(() => addProgress(file, forgetful)).toThrow(new ProgressFileError('not-kept'));
});
