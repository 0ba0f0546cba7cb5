import { expect, test } from 'vitest';
import { timeLeft } from './time-left.ts';

test('writes the time in the language of the page', () => {
  expect(timeLeft(40 * 60, 'en')).toEqual({ time: '40 minutes', soon: false });
  expect(timeLeft(40 * 60, 'ja').time).toBe('40 分');
});

test('warns in the last five minutes', () => {
  expect(timeLeft(300, 'en').soon).toBe(false);
  expect(timeLeft(299, 'en').soon).toBe(true);
});

test('never goes below zero', () => {
  expect(timeLeft(-3600, 'en')).toEqual({ time: '0 seconds', soon: true });
});
