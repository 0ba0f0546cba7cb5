import { expect, test } from 'vitest';
import { isWebLink } from './links.ts';

test.each(['https://kubernetes.io/docs/', 'http://10.96.0.1:8080/'])('%s may be opened', (text) =>
  expect(isWebLink(text)).toBe(true),
);

test.each([
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:text/html,x',
  'https://kubernetes.io@elsewhere.example/',
  'kubernetes.io',
])('%s may not', (text) => expect(isWebLink(text)).toBe(false));
