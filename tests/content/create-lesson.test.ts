import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drawDiagram } from '../../src/components/diagram/svg.ts';
import { locales } from '../../src/i18n/locale.ts';
import { compileLab, lessonsOf } from '../../src/lessons/compile-lab.ts';
import { createLesson } from '../../tools/lesson/create-lesson.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kindlab-new-lesson-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

test('a new lesson compiles in every language, with the same commands', async () => {
  const files = await createLesson('data/foo', root);
  expect(files).toHaveLength(locales.length + 1);
  const [lab, ...others] = await Promise.all(
    locales.map(async (locale) => compileLab('data/foo', { root, locale })),
  );
  for (const other of others) expect(other).toEqual(lab);
  expect(lab?.steps[0]?.wrong).toHaveLength(1);
  for (const { blocks } of await lessonsOf('data/foo', root)) {
    const diagrams = blocks.filter(({ lang }) => lang === 'diagram');
    expect(diagrams.map(({ text }) => drawDiagram(text).labels.join(' '))).not.toContain('+');
  }
});

test('the second lesson of a unit comes after the first', async () => {
  await createLesson('data/foo', root);
  await createLesson('data/bar', root);
  const [bar] = await lessonsOf('data/bar', root);
  expect(bar?.frontmatter.order).toBe(2);
});

test.each(['foo', 'nowhere/foo', 'data/Foo', '../data/foo'])(
  '"%s" is not a valid name',
  async (name) => {
    await expect(createLesson(name, root)).rejects.toThrow('cannot be the name of a lesson');
  },
);

test('an existing lesson is not overwritten', async () => {
  await createLesson('data/foo', root);
  await expect(createLesson('data/foo', root)).rejects.toThrow('already exists');
});
