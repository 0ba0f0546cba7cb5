import { globSync, readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { expect, it } from 'vitest';

const COLUMNS = 100;

/** A line that is a comment, or that ends in one. */
const SLASHES = /^\s*(\/\/|\/?\*)|\s\/\/\s/;
const HASH = /(^|\s)#\s/;
const commentOf: Record<string, RegExp> = {
  ...Object.fromEntries(
    ['.ts', '.mjs', '.js', '.astro', '.css', '.go', '.c'].map((e) => [e, SLASHES]),
  ),
  ...Object.fromEntries(
    ['.sh', '.py', '.yaml', '.toml', '.bash', '.service'].map((e) => [e, HASH]),
  ),
};

/** The comments of a file, by its name or by what runs it; undefined for data and prose. */
function commentPattern(path: string, text: string): RegExp | undefined {
  if (basename(path) === 'Dockerfile' || text.startsWith('#!')) return HASH;
  return commentOf[extname(path)];
}

/**
 * Lines of comments beyond the limit, as `path:line`. A URL does not count: it cannot be wrapped.
 */
function wideComments(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const pattern = commentPattern(path, text);
  if (pattern === undefined) return [];
  return text.split('\n').flatMap((line, index) => {
    const isWide = line.replace(/https?:\/\/\S+/, '').length > COLUMNS && pattern.test(line);
    return isWide ? [`${path}:${index + 1}`] : [];
  });
}

it(`no line of a comment is longer than ${COLUMNS} columns`, () => {
  const files = globSync(['*.{ts,mjs}', '{.ci,content,public,sandbox,src,tests,tools}/**/*'], {
    withFileTypes: true,
    exclude: ['tests/e2e/artefacts'],
  });
  const paths = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`);
  expect(paths.length).toBeGreaterThan(500);
  expect(paths.flatMap(wideComments)).toEqual([]);
});
