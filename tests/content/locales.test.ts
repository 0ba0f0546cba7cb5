import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { drawDiagram } from '../../src/components/diagram/svg.ts';
import { alternates } from '../../src/i18n/alternates.ts';
import { defaultLocale, isLocale, type Locale, locales } from '../../src/i18n/locale.ts';
import { compileLab } from '../../src/lessons/compile-lab.ts';
import { lessonFile } from '../../src/lessons/content-files.ts';
import { glossaryFile, readGlossary } from '../../src/lessons/glossary.ts';
import { listPages } from '../../src/lessons/pages.ts';
import { movedPaths } from '../../src/lessons/redirects.ts';
import { createLesson } from '../../tools/lesson/create-lesson.ts';

/** A language is a folder of lessons, a glossary, and a dictionary that two lists name. */

const NEW = vi.hoisted(() => 'xx' as Locale);

vi.mock('../../src/protocol/locales.ts', async (original) => {
  const real: typeof import('../../src/protocol/locales.ts') = await original();
  const all: readonly string[] = [...real.locales, NEW];
  return { ...real, locales: all, isLocale: (text: string) => all.includes(text) };
});

vi.mock('../../src/i18n/strings.ts', async (original) => {
  const { stringsOf }: typeof import('../../src/i18n/strings.ts') = await original();
  return {
    stringsOf: (locale: Locale) => {
      if (locale !== NEW) return stringsOf(locale);
      const base = stringsOf('en');
      return {
        ...base,
        glossary: { title: 'xx glossary', lead: 'xx terms' },
        diagram: { container: 'xcontainer', pod: 'xpod', node: 'xnode' },
        newLesson: { ...base.newLesson, title: 'xx lesson' },
      };
    },
  };
});

describe('a new language', () => {
  let root = '';

  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'kindlab-locale-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  test('gets the lessons that authors add, and their pages', async () => {
    expect(isLocale(NEW)).toBe(true);
    const files = await createLesson('data/foo', root);
    expect(files).toContain(lessonFile(NEW, 'data', 'foo'));
    const { steps } = await compileLab('data/foo', { root, locale: NEW });
    expect(steps).toHaveLength(1);
    const { pages } = await listPages(root);
    expect(pages.map(({ versions }) => versions[NEW])).toEqual([
      expect.objectContaining({ path: '/xx/', textLocale: NEW }),
      expect.objectContaining({ path: '/xx/data/foo/', textLocale: NEW, title: 'xx lesson' }),
      expect.objectContaining({ path: '/xx/glossary/', title: 'xx glossary' }),
    ]);
  });

  test('has its own glossary', () => {
    const file = join(root, glossaryFile(NEW));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'pod:\n  term: xpod\n  text: x.\n');
    expect(readGlossary(NEW, root).get('pod')?.term).toBe('xpod');
  });

  test('names boxes in diagrams, beside the other languages', () => {
    expect(drawDiagram('+------+\n| xpod |\n+------+').markup).toContain('class="box pod"');
    expect(drawDiagram('+-----+\n| pod |\n+-----+').markup).toContain('class="box pod"');
  });

  test('has the redirects and alternates of every other', () => {
    const moved = movedPaths({ lessons: { 'a/b': 'c/d' }, steps: {} });
    expect(moved['/xx/a/b/']).toBe('/xx/c/d/');
    const links = alternates('a/b/', new URL('https://labs.example.org'));
    expect(links.map(({ locale }) => locale)).toEqual([...locales]);
  });
});

test('only the dictionaries and the list of locales name a language', () => {
  const files = globSync('{src,tools}/**/*.{ts,astro,mjs}', {
    exclude: ['src/i18n/**', 'src/protocol/locales.ts', '**/*.test.ts'],
  });
  const others = locales.filter((locale) => locale !== defaultLocale);
  const name = `(${others.join('|')})`;
  const mention = new RegExp(`['"\`/{,]${name}['"\`/},]|^\\s*${name}: `, 'm');
  const found = [...files, 'astro.config.mjs'].filter((file) =>
    mention.test(readFileSync(file, 'utf8')),
  );
  expect(found).toEqual([]);
});
