import { expect, test } from 'vitest';
import { timeLeft } from './time-left.ts';

test('says the time in the language of the page', () => {
  expect(timeLeft(40 * 60, 'en')).toEqual({ time: '40 minutes', soon: false });
  expect(timeLeft(40 * 60, 'ja').time).toBe('40 分');
});

test('the last five minutes are little', () => {
  expect(timeLeft(300, 'en').soon).toBe(false);
  expect(timeLeft(299, 'en').soon).toBe(true);
});

test('what is over has no time left, rather than less than none', () => {
  expect(timeLeft(-3600, 'en')).toEqual({ time: '0 seconds', soon: true });
});
