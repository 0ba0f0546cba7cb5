import { expect, test } from 'vitest';
import { hitsOf, wordsOf } from './hits.ts';

const part = (title: string, anchor: string, finds: number) => ({
  title,
  url: `/en/concepts/pods/${anchor}`,
  excerpt: '',
  locations: Array.from({ length: finds }, (_, i) => i),
});

test('puts a part whose title has the query first, then those with more matches', () => {
  const parts = [part('Pods', '', 1), part('Look', '#look-title', 2), part('A Node', '#node', 1)];
  const hits = hitsOf(
    [{ url: '/en/concepts/pods/', meta: { title: 'Pods' }, sub_results: parts }],
    'node',
  );
  expect(hits.map(({ href }) => href)).toEqual([
    '/en/concepts/pods/#node',
    '/en/concepts/pods/#look',
    '/en/concepts/pods/',
  ]);
  expect(hits.map(({ part: name }) => name)).toEqual(['A Node', 'Look', undefined]);
});

test.each([
  ['en', ' run a pod ', 'run a pod'],
  ['ja', 'ノードに置く', 'ノード 置く'],
  ['ja', 'Pod', 'Pod'],
  ['ja', 'に', 'に'],
])('in %s, searches %s as %s', (locale, query, words) => {
  expect(wordsOf(query, locale)).toBe(words);
});
