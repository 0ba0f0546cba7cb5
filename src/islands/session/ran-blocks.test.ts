import { expect, it } from 'vitest';
import { emptyStorage } from '../../../tests/support/storage.ts';
import { ranBlocks } from './ran-blocks.ts';

it('remembers after a reload which blocks ran, separately for each lab', () => {
  const shared = emptyStorage();
  ranBlocks('concepts/pods', shared).add('first', 'a.3');
  ranBlocks('concepts/pods', shared).add('first', 'b.1');
  const ran = ranBlocks('concepts/pods', shared);
  expect(['a.1', 'a.2', 'a.3', 'b.1'].map((block) => ran.has('first', block))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(ranBlocks('concepts/nodes', shared).has('first', 'a.3')).toBe(false);
});

it('forgets what ran in an earlier session', () => {
  const ran = ranBlocks('concepts/pods', emptyStorage());
  ran.add('first', 'a.3');
  ran.add('second', 'b.1');
  expect(ran.has('second', 'a.3')).toBe(false);
  expect(ran.has('second', 'b.1')).toBe(true);
  expect(ran.has('first', 'a.3')).toBe(false);
});

it('ignores what other code wrote there', () => {
  const shared = emptyStorage();
  shared.setItem('kindlab.ran.concepts/pods', '{"not": ours}');
  expect(ranBlocks('concepts/pods', shared).has('first', 'a.3')).toBe(false);
});
