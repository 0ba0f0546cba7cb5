import { expect, test } from 'vitest';
import { en } from '../i18n/en.ts';
import { ja } from '../i18n/ja.ts';
import { ApiError, problemOf } from './problem.ts';

const error = { code: 'LAB_CAPACITY_FULL', title: 'Full', message: '6 of 6.', hint: 'Wait.' };

test('an error of the server is told with its code', () => {
  expect(problemOf(new ApiError(503, { error }), en.errors)).toEqual(error);
});

test('in the reader’s language where the code is known; what happened stays as the server said it', () => {
  const problem = problemOf(new ApiError(503, { error }), ja.errors);
  expect(problem.title).toBe(ja.errors.known.LAB_CAPACITY_FULL.title);
  expect(problem.message).toBe('6 of 6.');
});

test('no answer, and an answer that nobody understands, are two things', () => {
  expect(problemOf(new ApiError(0, undefined), en.errors).title).toBe(en.errors.networkTitle);
  expect(problemOf(new ApiError(502, '<html>'), en.errors).title).toBe(en.errors.oddTitle);
});
