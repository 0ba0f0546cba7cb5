import { expect, test } from 'vitest';
import { en } from './en.ts';
import { duration, fill, fillPlural } from './fill.ts';
import { localeOf, locales, preferredLocale } from './locale.ts';
import { stringsOf } from './strings.ts';

/** Every text and every plural by its path. */
function* texts(value: unknown, path = ''): Generator<[path: string, forms: object]> {
  if (typeof value === 'string') yield [path, { other: value }];
  else if (typeof value === 'object' && value !== null && 'other' in value) yield [path, value];
  else if (typeof value === 'object' && value !== null && !path.endsWith('/known')) {
    for (const [key, inner] of Object.entries(value)) yield* texts(inner, `${path}/${key}`);
  }
}
const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test.each(locales)('%s has the holes of the English texts', (locale) => {
  const english = new Map(texts(en));
  for (const [path, forms] of texts(stringsOf(locale))) {
    const [expected = ''] = Object.values(english.get(path) ?? {}) as string[];
    for (const text of Object.values(forms) as string[]) {
      expect(text, path).not.toBe('');
      expect(holes(text), path).toEqual(holes(expected));
    }
  }
});

test.each(locales)('%s has a form for each plural category of its language', (locale) => {
  const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
  const isPlural = ([, forms]: [string, object]) => Object.values(forms).join().includes('{n}');
  const plurals = [...texts(stringsOf(locale))].filter(isPlural);
  expect(plurals.map(([path]) => path)).toContain('/map/pods');
  for (const [path, forms] of plurals) {
    if (units.includes(path)) continue;
    expect(Object.keys(forms).sort(), path).toEqual([...categories].sort());
  }
});

/** A number beside a sign or a unit symbol, which has no plural. */
const units = ['/session/seconds', '/session/terminal/found', '/map/restarts'];

test('fills holes and leaves unknown ones', () => {
  expect(fill('{done} of {total} {what}', { done: 2, total: 7 })).toBe('2 of 7 {what}');
});

test('picks the plural form of the language', () => {
  const forms = { one: '{n} pod of {owner}', other: '{n} pods of {owner}' };
  const owner = 'web';
  expect(fillPlural(forms, 1, 'en', { owner })).toBe('1 pod of web');
  expect(fillPlural(forms, 0, 'en', { owner })).toBe('0 pods of web');
  expect(fillPlural({ other: 'Pod {n} 個' }, 1, 'ja')).toBe('Pod 1 個');
});

test.each([
  [-3, '0 seconds'],
  [89, '89 seconds'],
  [90, '2 minutes'],
  [3600, '60 minutes'],
  [5400, '1.5 hours'],
])('writes %d seconds as %s', (seconds, text) => expect(duration(seconds, 'en')).toBe(text));

test('prefers the browser’s first language that the site speaks', () => {
  expect(preferredLocale(['fr-FR', 'ja-JP', 'en'])).toBe('ja');
  expect(preferredLocale(['fr'])).toBe('en');
});

test('builds a page without a locale in its path in the default one', () => {
  expect(localeOf({ locale: 'ja' })).toBe('ja');
  expect(localeOf({ locale: 'xx' })).toBe('en');
});
