import { expect, test } from 'vitest';
import { allowedSize } from './size.ts';

test('takes the size that fits', () => {
  expect(allowedSize({ cols: 97, rows: 31 })).toEqual({ cols: 97, rows: 31 });
});

test('keeps tiny and huge sizes within the protocol', () => {
  expect(allowedSize({ cols: 2, rows: 1 })).toEqual({ cols: 20, rows: 5 });
  expect(allowedSize({ cols: 2000, rows: 900 })).toEqual({ cols: 500, rows: 200 });
});

test('has no size while hidden', () => {
  expect(allowedSize(undefined)).toBeUndefined();
  expect(allowedSize({ cols: NaN, rows: 20 })).toBeUndefined();
});
