import { expect, test } from 'vitest';
import { en } from './en.ts';
import { duration, fill } from './fill.ts';
import { ja } from './ja.ts';
import { localeOf, preferredLocale } from './locale.ts';

/** Every text by its path. */
function* texts(value: unknown, path = ''): Generator<[path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* texts(inner, `${path}/${key}`);
  }
}
const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test('every English text is there in Japanese, with the same holes to fill', () => {
  const japanese = new Map(texts(ja));
  for (const [path, text] of texts(en)) {
    expect(japanese.get(path), path).toBeTruthy();
    expect(holes(japanese.get(path) ?? ''), path).toEqual(holes(text));
  }
});

test('fills holes, and leaves unknown ones to be seen', () => {
  expect(fill('{done} of {total} {what}', { done: 2, total: 7 })).toBe('2 of 7 {what}');
});

test.each([
  [-3, '0 seconds'],
  [89, '89 seconds'],
  [90, '2 minutes'],
  [3600, '60 minutes'],
  [5400, '1.5 hours'],
])('%d seconds are %s', (seconds, text) => expect(duration(seconds, 'en')).toBe(text));

test('the browser’s first language that the site speaks', () => {
  expect(preferredLocale(['fr-FR', 'ja-JP', 'en'])).toBe('ja');
  expect(preferredLocale(['fr'])).toBe('en');
});

test('a page without a locale in its path is in the default one', () => {
  expect(localeOf({ locale: 'ja' })).toBe('ja');
  expect(localeOf({ locale: 'xx' })).toBe('en');
});
