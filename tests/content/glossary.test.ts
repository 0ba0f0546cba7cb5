import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { locales } from '../../src/i18n/locale.ts';
import { listLessons } from '../../src/lessons/content-files.ts';
import { readGlossary } from '../../src/lessons/glossary.ts';
import { readLesson } from '../../src/lessons/read-lesson.ts';

const root = process.cwd();
const english = readGlossary('en', root);

describe('the glossary', () => {
  it('has the same terms in each language, which send to the same others', () => {
    const shape = (locale: (typeof locales)[number]) =>
      [...readGlossary(locale, root)].map(([id, { see }]) => [id, see]);
    for (const locale of locales) expect(shape(locale), locale).toEqual(shape('en'));
  });

  it('marks code in pairs', () => {
    for (const locale of locales) {
      for (const [id, { text }] of readGlossary(locale, root)) {
        expect(text.split('`').length % 2, `${locale} ${id}`).toBe(1);
      }
    }
  });

  it.each(listLessons(root))('has what %s links to', async (file) => {
    const { terms } = await readLesson(file, root);
    const unknown = terms.filter(({ id }) => !english.has(id));
    expect(unknown.map(({ id, place }) => `${file}:${place.line}: ${id}`)).toEqual([]);
  });

  it.each([
    ['an unknown field', 'pod:\n  term: pod\n  text: A pod.\n  sea: [node]\n', 4, 'see'],
    ['a term without a text', 'pod:\n  term: pod\n', 1, 'pod.text'],
    ['an id that is no part of an address', 'a Pod:\n  term: pod\n  text: x\n', 1, 'a Pod'],
    ['a way to nowhere', 'pod:\n  term: pod\n  text: x\n  see: [nod]\n', 4, 'nod, which is not'],
  ])('%s is told with file and line', (_what, text, line, said) => {
    const folder = mkdtempSync(join(tmpdir(), 'kindlab-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'content/glossary'), { recursive: true });
    writeFileSync(join(folder, 'content/glossary/en.yaml'), text);
    const read = () => readGlossary('en', folder);
    expect(read).toThrow(`content/glossary/en.yaml:${line}:`);
    expect(read).toThrow(said);
  });
});
