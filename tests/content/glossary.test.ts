import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defaultLocale, locales } from '../../src/i18n/locale.ts';
import { listLessons } from '../../src/lessons/content-files.ts';
import { glossaryFile, readGlossary } from '../../src/lessons/glossary.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';

const root = process.cwd();
const terms = readGlossary(defaultLocale, root);

describe('the glossary', () => {
  it('has the same terms and references in each language', () => {
    const shape = (locale: (typeof locales)[number]) =>
      [...readGlossary(locale, root)].map(([id, { see }]) => [id, see]);
    for (const locale of locales) expect(shape(locale), locale).toEqual(shape(defaultLocale));
  });

  it('marks code in pairs', () => {
    for (const locale of locales) {
      for (const [id, { text }] of readGlossary(locale, root)) {
        expect(text.split('`').length % 2, `${locale} ${id}`).toBe(1);
      }
    }
  });

  it.each(listLessons(root))('has every term that %s links to', async (file) => {
    const { terms: used } = await readLesson(file, root);
    const unknown = used.filter(({ id }) => !terms.has(id));
    expect(unknown.map(({ id, place }) => `${file}:${place.line}: ${id}`)).toEqual([]);
  });

  it.each([
    ['an unknown field', 'pod:\n  term: pod\n  text: A pod.\n  sea: [node]\n', 4, 'see'],
    ['a term without a text', 'pod:\n  term: pod\n', 1, 'pod.text'],
    ['an id that cannot be an anchor', 'a Pod:\n  term: pod\n  text: x\n', 1, 'a Pod'],
    [
      'a reference to no term',
      'pod:\n  term: pod\n  text: x\n  see: [nod]\n',
      4,
      'nod, which does not exist',
    ],
  ])('reports %s with file and line', (_what, text, line, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'kindlab-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'content/glossary'), { recursive: true });
    const path = glossaryFile(defaultLocale);
    writeFileSync(join(folder, path), text);
    const read = () => readGlossary(defaultLocale, folder);
    expect(read).toThrow(`${path}:${line}:`);
    expect(read).toThrow(message);
  });
});
