import { expect, test } from 'vitest';
import { ProgressFileError, progressIn } from './progress.ts';

function storage(initial?: string) {
  const items = new Map(initial === undefined ? [] : [['kindlab.progress.v1', initial]]);
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

test('remembers steps by lab', () => {
  const place = storage();
  progressIn(place).complete('concepts/pods', 'one');
  const later = progressIn(place);
  expect([...later.stepsDone('concepts/pods')]).toEqual(['one']);
  expect(later.stepsDone('concepts/other').size).toBe(0);
});

test.each(['not json', '[]', '{"a":1}', 'null'])(
  'a damaged storage is an empty one: %s',
  (text) => {
    const progress = progressIn(storage(text));
    expect(progress.stepsDone('a').size).toBe(0);
    progress.complete('a', 'one');
    expect([...progress.stepsDone('a')]).toEqual(['one']);
  },
);

test('a storage that refuses costs the tick, not the lesson', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  expect(() => progressIn(full).complete('a', 'one')).not.toThrow();
});

test('goes to another browser by a file, and is added to what that one remembers', () => {
  const here = progressIn(storage('{"a":{"one":"2026-03-02","two":"2026-03-02"}}'));
  const there = storage('{"a":{"one":"2026-03-01"},"b":{"one":"2026-03-01"}}');
  progressIn(there).addFrom(here.asFile());
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
])('a file that holds no progress changes nothing: %s', (file) => {
  const place = storage('{"a":{"one":"2026-03-01"}}');
  expect(() => progressIn(place).addFrom(file)).toThrow(new ProgressFileError('not-progress'));
  expect([...progressIn(place).stepsDone('a')]).toEqual(['one']);
});

test('progress that a file brings and the browser does not keep is told', () => {
  const file = progressIn(storage('{"a":{"one":"2026-03-01"}}')).asFile();
  const forgetful = { getItem: () => null, setItem: () => undefined };
  expect(() => progressIn(forgetful).addFrom(file)).toThrow(new ProgressFileError('not-kept'));
});
