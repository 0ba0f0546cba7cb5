import { expect, test } from 'vitest';
import { timeLeft } from './time-left.ts';

const now = Date.parse('2026-11-25T10:00:00Z');

test('says the time in the language of the page', () => {
  expect(timeLeft('2026-11-25T10:40:00Z', now, 'en')).toEqual({ time: '40 minutes', soon: false });
  expect(timeLeft('2026-11-25T10:40:00Z', now, 'ja').time).toBe('40 分');
});

test('the last five minutes are little', () => {
  expect(timeLeft('2026-11-25T10:05:00Z', now, 'en').soon).toBe(false);
  expect(timeLeft('2026-11-25T10:04:59Z', now, 'en').soon).toBe(true);
});

test('what is over has no time left, rather than less than none', () => {
  expect(timeLeft('2026-11-25T09:00:00Z', now, 'en')).toEqual({ time: '0 seconds', soon: true });
});
