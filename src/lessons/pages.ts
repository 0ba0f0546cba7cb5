import { defaultLocale, isLocale, type Locale, locales } from '../i18n/locale.ts';
import { stringsOf } from '../i18n/strings.ts';
import type { Pages } from '../protocol/pages.ts';
import { listLessons, placeOfLesson } from './content-files.ts';
import { glossaryPath } from './glossary.ts';
import { arrange, type LessonPages, pageIn } from './order.ts';
import { type LessonSource, readLesson } from './read-lesson.ts';

type Page = Pages['pages'][number];

interface SourcePage {
  id: string;
  order: number;
  source: LessonSource;
}

/** The address of a lesson, from the site's root. */
export function lessonPath(locale: Locale, unit: string, slug: string): string {
  return `/${locale}/${unit}/${slug}/`;
}

/**
 * Every page of the site, as `pages.json` lists them.
 *
 * @param root the project's root, which holds `content/`
 * @throws LessonError when a lesson is wrong
 */
export async function listPages(root = process.cwd()): Promise<Pages> {
  const sources = await Promise.all(
    listLessons(root).map(async (file): Promise<SourcePage> => {
      const source = await readLesson(file, root);
      const { locale, unit, slug } = placeOfLesson(file);
      return { id: `${locale}/${unit}/${slug}`, order: source.frontmatter.order, source };
    }),
  );
  return { pages: [indexPage(), ...arrange(sources).map(lessonPage), glossaryPage()] };
}

function indexPage(): Page {
  const versions = inEachLocale((locale) => {
    const { site } = stringsOf(locale);
    return { path: `/${locale}/`, title: site.name, description: site.lead, textLocale: locale };
  });
  return { kind: 'index', versions };
}

function glossaryPage(): Page {
  const versions = inEachLocale((locale) => {
    const { title, lead } = stringsOf(locale).glossary;
    return { path: glossaryPath(locale), title, description: lead, textLocale: locale };
  });
  return { kind: 'glossary', versions };
}

function lessonPage(lesson: LessonPages<SourcePage>): Page {
  const { unit, slug } = lesson;
  const { source } = pageIn(lesson, defaultLocale, defaultLocale).page;
  const versions = inEachLocale((locale) => {
    const { page, locale: textLocale } = pageIn(lesson, locale, defaultLocale);
    const { frontmatter, steps } = page.source;
    return {
      path: lessonPath(locale, unit, slug),
      title: frontmatter.title,
      description: frontmatter.description,
      textLocale: isLocale(textLocale) ? textLocale : defaultLocale,
      steps: steps.map(({ id, title }) => ({ id, title })),
    };
  });
  return { kind: 'lesson', id: `${unit}/${slug}`, unit, lab: source.frontmatter.lab, versions };
}

function inEachLocale<T>(version: (locale: Locale) => T): Record<Locale, T> {
  const entries = locales.map((locale) => [locale, version(locale)]);
  return Object.fromEntries(entries) as Record<Locale, T>;
}
