import { expect, test, vi } from 'vitest';
import { parseOnce } from './parse-once.ts';

test('parses each version of a file once', () => {
  const parse = vi.fn((file: string, text: string) => ({ file, text }));
  const read = parseOnce(parse);
  const first = read('a.mdx', 'one');
  expect(read('a.mdx', 'one')).toBe(first);
  expect(read('b.mdx', 'one')).toEqual({ file: 'b.mdx', text: 'one' });
  expect(read('a.mdx', 'two')).toEqual({ file: 'a.mdx', text: 'two' });
  expect(parse).toHaveBeenCalledTimes(3);
});

test('throws for a broken text each time', () => {
  const read = parseOnce((): never => {
    throw new Error('broken');
  });
  expect(() => read('a.mdx', '')).toThrow('broken');
  expect(() => read('a.mdx', '')).toThrow('broken');
});
