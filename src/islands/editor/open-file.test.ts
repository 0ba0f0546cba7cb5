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
  it('follows what others write while it is untouched', () => {
    const file = noticed(opened('a', v1), v2);
    expect([file.text, isUnsaved(file), file.theirs]).toEqual(['two', false, undefined]);
  });

  it('keeps what is unsaved, and has both where both changed', () => {
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

  it('has no conflict where both wrote the same, or the other took it back', () => {
    expect(noticed({ ...opened('a', v1), text: 'two' }, v2).theirs).toBeUndefined();
    const file = noticed({ ...opened('a', v1), text: 'mine' }, v2);
    expect(noticed(file, v1).theirs).toBeUndefined();
  });

  it('stays unsaved where it was typed in while it was written', () => {
    const file = saved({ ...opened('a', v1), text: 'two and more' }, v2);
    expect(isUnsaved(file)).toBe(true);
  });

  it('that is gone can be written anew', () => {
    const file = noticed({ ...opened('a', v1), text: 'mine' }, undefined);
    expect([file.base, file.text]).toEqual([undefined, 'mine']);
  });

  it('is the same as the lesson’s but for the end of the last line', () => {
    expect(differsFromLesson(opened('a', { ...v1, text: 'one\n' }, 'one'))).toBe(false);
    expect(differsFromLesson(opened('a', v1, 'two'))).toBe(true);
    expect(differsFromLesson(opened('a', v1))).toBe(false);
  });
});
