import { expect, test } from 'vitest';
import { en } from '../i18n/en.ts';
import { ja } from '../i18n/ja.ts';
import { ApiError, problemOf } from './problem.ts';

const error = { code: 'LAB_CAPACITY_FULL', title: 'Full', message: '6 of 6.', hint: 'Wait.' };

test('shows an error of the server with its code', () => {
  expect(problemOf(new ApiError(503, { error }), en.errors)).toEqual(error);
});

test('translates a known error, except for its message', () => {
  const problem = problemOf(new ApiError(503, { error }), ja.errors);
  expect(problem.title).toBe(ja.errors.known.LAB_CAPACITY_FULL.title);
  expect(problem.message).toBe('6 of 6.');
});

test('distinguishes no answer from an unexpected one', () => {
  expect(problemOf(new ApiError(0, undefined), en.errors).title).toBe(en.errors.networkTitle);
  expect(problemOf(new ApiError(502, '<html>'), en.errors).title).toBe(en.errors.oddTitle);
});
