import { expect, test } from 'vitest';
import { progressStorage as storage } from '../../tests/support/progress-storage.ts';
import { progressIn } from './progress.ts';

test('remembers steps by lab', () => {
  const place = storage();
  progressIn(place).complete('concepts/pods', 'one');
  const later = progressIn(place);
  expect([...later.stepsDone('concepts/pods')]).toEqual(['one']);
  expect(later.stepsDone('concepts/other').size).toBe(0);
});

test.each(['not json', '[]', '{"a":1}', 'null'])('treats damaged storage as empty: %s', (text) => {
  const progress = progressIn(storage(text));
  expect(progress.stepsDone('a').size).toBe(0);
  progress.complete('a', 'one');
  expect([...progress.stepsDone('a')]).toEqual(['one']);
});

test('a storage that refuses loses the tick, not the lesson', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  expect(() => progressIn(full).complete('a', 'one')).not.toThrow();
});
