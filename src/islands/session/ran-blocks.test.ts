import { expect, it } from 'vitest';
import { emptyStorage } from '../../../tests/support/storage.ts';
import { ranBlocks } from './ran-blocks.ts';

it('knows after a reload what has been run, apart for each lab', () => {
  const shared = emptyStorage();
  ranBlocks('concepts/pods', shared).add('first', 3);
  ranBlocks('concepts/pods', shared).add('first', 12);
  const ran = ranBlocks('concepts/pods', shared);
  expect([1, 2, 3, 12].map((place) => ran.has('first', place))).toEqual([false, false, true, true]);
  expect(ranBlocks('concepts/nodes', shared).has('first', 3)).toBe(false);
});

it('forgets what ran in a session before', () => {
  const ran = ranBlocks('concepts/pods', emptyStorage());
  ran.add('first', 3);
  ran.add('second', 4);
  expect(ran.has('second', 3)).toBe(false);
  expect(ran.has('second', 4)).toBe(true);
  expect(ran.has('first', 3)).toBe(false);
});

it('takes what somebody else wrote there for nothing', () => {
  const shared = emptyStorage();
  shared.setItem('kindlab.ran.concepts/pods', '{"not": ours}');
  expect(ranBlocks('concepts/pods', shared).has('first', 3)).toBe(false);
});
