import { expect, test } from 'vitest';
import { progressIn } from './progress.ts';

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
