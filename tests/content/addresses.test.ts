import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { locales } from '../../src/i18n/locale.ts';
import { listLessons } from '../../src/lessons/content-files.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';
import { movedPaths, readRedirects } from '../../src/lessons/redirects.ts';

/**
 * Links to lessons, steps and checks keep working. `content/addresses.yaml` lists every address
 * that was ever published.
 */

const LIST = join(import.meta.dirname, '../../content/addresses.yaml');
const published = (parse(readFileSync(LIST, 'utf8')) ?? {}) as Record<string, string[]>;
const redirects = readRedirects();
const today = new Map<string, string[]>();
for (const file of listLessons()) {
  const { frontmatter, steps } = await readLesson(file, process.cwd());
  const anchors = steps.flatMap(({ id, checks }) => [id, ...checks.map((c) => `${id}.${c.id}`)]);
  today.set(frontmatter.lab, anchors);
}

test('each published address exists or redirects', () => {
  const dead: string[] = [];
  for (const [lesson, anchors] of Object.entries(published)) {
    const now = redirects.lessons[lesson] ?? lesson;
    const anchorsNow = today.get(now);
    if (anchorsNow === undefined) dead.push(lesson);
    for (const anchor of anchorsNow === undefined ? [] : anchors) {
      const target = redirects.steps[now]?.[anchor] ?? anchor;
      if (!anchorsNow?.includes(target)) dead.push(`${lesson}/#${anchor}`);
    }
  }
  expect(dead, 'add them to content/redirects.yaml').toEqual([]);
});

test('each redirect has a target', () => {
  for (const to of Object.values(redirects.lessons)) expect(today.has(to), to).toBe(true);
  for (const [lesson, moved] of Object.entries(redirects.steps)) {
    for (const to of Object.values(moved)) expect(today.get(lesson), lesson).toContain(to);
  }
});

// A new address fails here once: `npx vitest run tests/content/addresses.test.ts -u` notes it.
test('each present address is on the list', async () => {
  const all: Record<string, string[]> = {};
  for (const lesson of [...new Set([...Object.keys(published), ...today.keys()])].sort()) {
    all[lesson] = [...new Set([...(published[lesson] ?? []), ...(today.get(lesson) ?? [])])].sort();
  }
  await expect(stringify(all)).toMatchFileSnapshot(LIST);
});

test('the old address of a lesson redirects in each language', () => {
  expect(movedPaths({ lessons: { 'a/b': 'c/d' }, steps: {} })).toEqual(
    Object.fromEntries(locales.map((locale) => [`/${locale}/a/b/`, `/${locale}/c/d/`])),
  );
});
