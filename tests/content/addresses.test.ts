import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { listLessons } from '../../src/lessons/content-files.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';
import { movedPaths, readRedirects } from '../../src/lessons/redirects.ts';

/** Links to lessons, steps and checks still lead there next year. `content/addresses.yaml` has all that were ever given out. */

const LIST = join(import.meta.dirname, '../../content/addresses.yaml');
const given = (parse(readFileSync(LIST, 'utf8')) ?? {}) as Record<string, string[]>;
const redirects = readRedirects();
const today = new Map<string, string[]>();
for (const file of listLessons()) {
  const { frontmatter, steps } = await readLesson(file, process.cwd());
  const anchors = steps.flatMap(({ id, checks }) => [id, ...checks.map((c) => `${id}.${c.id}`)]);
  today.set(frontmatter.lab, anchors);
}

test('each address that was given out is there, or says where to go', () => {
  const dead: string[] = [];
  for (const [lesson, anchors] of Object.entries(given)) {
    const now = redirects.lessons[lesson] ?? lesson;
    const there = today.get(now);
    if (there === undefined) dead.push(lesson);
    for (const anchor of there === undefined ? [] : anchors) {
      const target = redirects.steps[now]?.[anchor] ?? anchor;
      if (!there?.includes(target)) dead.push(`${lesson}/#${anchor}`);
    }
  }
  expect(dead, 'add them to content/redirects.yaml').toEqual([]);
});

test('each redirect leads to what is there', () => {
  for (const to of Object.values(redirects.lessons)) expect(today.has(to), to).toBe(true);
  for (const [lesson, moved] of Object.entries(redirects.steps)) {
    for (const to of Object.values(moved)) expect(today.get(lesson), lesson).toContain(to);
  }
});

// A new address makes this fail once: `npx vitest run tests/content/addresses.test.ts -u` notes it.
test('each address of today has been noted', async () => {
  const all: Record<string, string[]> = {};
  for (const lesson of [...new Set([...Object.keys(given), ...today.keys()])].sort()) {
    all[lesson] = [...new Set([...(given[lesson] ?? []), ...(today.get(lesson) ?? [])])].sort();
  }
  await expect(stringify(all)).toMatchFileSnapshot(LIST);
});

test('a lesson that moved is found at its old address in each language', () => {
  expect(movedPaths({ lessons: { 'a/b': 'c/d' }, steps: {} })).toEqual({
    '/en/a/b/': '/en/c/d/',
    '/ja/a/b/': '/ja/c/d/',
  });
});
