import { describe, expect, it } from 'vitest';
import { LineReader } from './lines.ts';

describe('a line reader', () => {
  it('returns the same lines wherever the text is cut', () => {
    const text = 'one\n\ntwo three\nfour';
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const reader = new LineReader();
        const chunks = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(chunks.flatMap((chunk) => reader.push(chunk))).toEqual(['one', '', 'two three']);
        expect(reader.rest).toBe('four');
      }
    }
  });

  it('refuses a line that is too long, finished or not, and forgets it', () => {
    const reader = new LineReader(4, () => new Error('enough'));
    expect(reader.push('1234\n123')).toEqual(['1234']);
    expect(() => reader.push('45')).toThrow('enough');
    expect(reader.rest).toBe('');
    expect(() => reader.push('1\n12345\n')).toThrow('enough');
    expect(() => new LineReader(1).push('12')).toThrow(RangeError);
  });
});
