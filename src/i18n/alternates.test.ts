import { expect, test } from 'vitest';
import { alternates } from './alternates.ts';

test('lists absolute addresses of the other languages, or none', () => {
  expect(alternates('data/spark/', new URL('https://labs.example.org'))).toEqual([
    { locale: 'en', href: 'https://labs.example.org/en/data/spark/' },
    { locale: 'ja', href: 'https://labs.example.org/ja/data/spark/' },
  ]);
  expect(alternates('data/spark/', undefined)).toEqual([]);
});
