import { describe, expect, test } from 'vitest';
import { blockId, fileOf, isRunnable, shellTextOf, titleOf } from './blocks.ts';

const block = (text: string, meta = 'run') => ({ lang: 'sh', meta, text });
const none = new Set<string>();

describe('the id of a block', () => {
  test('depends on the step and on what the block does', () => {
    const id = blockId('one', block('kubectl get pods'), none);
    expect(id).toMatch(/^one\.[0-9a-f]{8}$/);
    expect(blockId('one', block('kubectl get pods'), none)).toBe(id);
    expect(blockId('two', block('kubectl get pods'), none)).not.toBe(id);
    expect(blockId('one', block('kubectl get nodes'), none)).not.toBe(id);
    expect(blockId('one', block('kubectl get pods', 'file=pods.txt'), none)).not.toBe(id);
  });

  test('numbers identical blocks of one step, and no others', () => {
    const first = blockId('one', block('kubectl get pods'), none);
    const second = blockId('one', block('kubectl get pods'), new Set([first, 'one.other']));
    expect(second).toBe(`${first}.2`);
    expect(blockId('one', block('kubectl get pods'), new Set([first, second]))).toBe(`${first}.3`);
  });
});

test('a block is runnable only as shell with the word run', () => {
  expect(isRunnable({ lang: 'sh', meta: 'run' })).toBe(true);
  expect(isRunnable({ lang: 'sh', meta: 'title="run"' })).toBe(false);
  expect(isRunnable({ lang: 'yaml', meta: 'run' })).toBe(false);
});

test('reads file and title from the words after the language', () => {
  const meta = 'title="two words" file=web.yaml';
  expect(fileOf({ meta })).toBe('web.yaml');
  expect(titleOf({ meta })).toBe('two words');
  expect([fileOf({ meta: '' }), titleOf({ meta: '' })]).toEqual([undefined, undefined]);
});

test('a file block writes its file, whatever lines it holds', () => {
  expect(shellTextOf({ meta: 'file=a/b.yaml', text: 'EOF\nx' })).toBe(
    "mkdir -p ~/lab/a\ncat > ~/lab/a/b.yaml <<'EOF_'\nEOF\nx\nEOF_",
  );
});
