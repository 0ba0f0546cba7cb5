import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { locales } from '../../src/i18n/locale.ts';
import { listLessons, lessonFile } from '../../src/lessons/content-files.ts';
import { listPages } from '../../src/lessons/pages.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';
import { pagesSchema } from '../../src/protocol/pages.ts';
import { createLesson } from '../../tools/lesson/create-lesson.ts';

const DIST = 'dist';
const { pages } = pagesSchema.parse(await listPages());
const lessons = pages.filter((page) => page.kind === 'lesson');

test('lists the start page, each lesson once, and the glossary', () => {
  expect(pages.map(({ kind }) => kind)).toEqual([
    'index',
    ...lessons.map(() => 'lesson'),
    'glossary',
  ]);
  const ids = listLessons().map((file) => file.split('/').slice(3).join('/').replace('.mdx', ''));
  expect(lessons.map(({ id }) => id).sort()).toEqual([...new Set(ids)].sort());
});

test('has each page in each language, at a path that no other page has', () => {
  for (const { versions } of pages) expect(Object.keys(versions)).toEqual([...locales]);
  const paths = pages.flatMap(({ versions }) => locales.map((locale) => versions[locale].path));
  expect(new Set(paths).size).toBe(pages.length * locales.length);
});

test('has the steps of each lesson, titled in its language', async () => {
  for (const { unit, id, lab, versions } of lessons) {
    for (const locale of locales) {
      const { steps, textLocale, title, path } = versions[locale];
      const file = lessonFile(textLocale, unit, id.split('/')[1] ?? '');
      const source = await readLesson(file, process.cwd());
      expect(steps).toEqual(source.steps.map((step) => ({ id: step.id, title: step.title })));
      expect([lab, title]).toEqual([source.frontmatter.lab, source.frontmatter.title]);
      expect(path).toBe(`/${locale}/${id}/`);
    }
  }
});

test('says which language a page falls back to', async () => {
  const root = await mkdtemp(join(tmpdir(), 'kindlab-pages-'));
  onTestFinished(async () => rm(root, { recursive: true }));
  const [, ...files] = await createLesson('data/foo', root);
  for (const file of files.slice(1)) await rm(join(root, file));
  const { pages: few } = pagesSchema.parse(await listPages(root));
  const [lesson] = few.filter(({ kind }) => kind === 'lesson');
  const fallback = locales[0];
  for (const locale of locales) {
    expect(lesson?.versions[locale]).toMatchObject({
      path: `/${locale}/data/foo/`,
      textLocale: fallback,
    });
  }
});

describe.skipIf(!existsSync(join(DIST, 'pages.json')))('the built site', () => {
  test('has the list, and each page that it lists', async () => {
    const text = await readFile(join(DIST, 'pages.json'), 'utf8');
    const built = pagesSchema.parse(JSON.parse(text)).pages;
    const paths = built.flatMap(({ versions }) => locales.map((locale) => versions[locale].path));
    const missing = paths.filter((path) => !existsSync(join(DIST, path, 'index.html')));
    expect(missing).toEqual([]);
  });
});
