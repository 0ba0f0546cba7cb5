import { describe, expect, it } from 'vitest';
import {
  differsFromLesson,
  isUnsaved,
  keepMine,
  noticed,
  opened,
  saved,
  takeTheirs,
} from './open-file.ts';

const v1 = { text: 'one', version: '1' };
const v2 = { text: 'two', version: '2' };

describe('a file in the editor', () => {
  it('follows changes elsewhere while it has no edits', () => {
    const file = noticed(opened('a', v1), v2);
    expect([file.text, isUnsaved(file), file.theirs]).toEqual(['two', false, undefined]);
  });

  it('keeps unsaved text, and both versions when both changed', () => {
    const file = noticed({ ...opened('a', v1), text: 'mine' }, v2);
    expect([file.text, file.theirs]).toEqual(['mine', v2]);
    const mine = keepMine(file);
    expect([mine.text, mine.base, mine.theirs, isUnsaved(mine)]).toEqual([
      'mine',
      v2,
      undefined,
      true,
    ]);
    const theirs = takeTheirs(file);
    expect([theirs.text, isUnsaved(theirs)]).toEqual(['two', false]);
  });

  it('has no conflict when both versions are equal or the other is reverted', () => {
    expect(noticed({ ...opened('a', v1), text: 'two' }, v2).theirs).toBeUndefined();
    const file = noticed({ ...opened('a', v1), text: 'mine' }, v2);
    expect(noticed(file, v1).theirs).toBeUndefined();
  });

  it('stays unsaved when edited while it is written', () => {
    const file = saved({ ...opened('a', v1), text: 'two and more' }, v2);
    expect(isUnsaved(file)).toBe(true);
  });

  it('can be written again after it was deleted', () => {
    const file = noticed({ ...opened('a', v1), text: 'mine' }, undefined);
    expect([file.base, file.text]).toEqual([undefined, 'mine']);
  });

  it('equals the lesson’s version except for a final line break', () => {
    expect(differsFromLesson(opened('a', { ...v1, text: 'one\n' }, 'one'))).toBe(false);
    expect(differsFromLesson(opened('a', v1, 'two'))).toBe(true);
    expect(differsFromLesson(opened('a', v1))).toBe(false);
  });
});
