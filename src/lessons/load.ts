import { getCollection, type CollectionEntry } from 'astro:content';
import { defaultLocale, isLocale, locales, type Locale } from '../i18n/locale.ts';
import { arrange, pageIn } from './order.ts';
import { lessonPath } from './pages.ts';
import type { Unit } from './units.ts';

/** One lesson as a page of one locale shows it. */
export interface Lesson {
  unit: Unit;
  slug: string;
  /** The locale of the page around it. */
  locale: Locale;
  /** The locale of the text: another one where the translation is missing. */
  textLocale: Locale;
  /** From the site's root, with a slash at its end. */
  path: string;
  title: string;
  description: string;
  lab: string;
  entry: CollectionEntry<'lessons'>;
}

/** All lessons in `locale`, in curriculum order. */
export async function lessonsIn(locale: Locale): Promise<Lesson[]> {
  const entries = await getCollection('lessons');
  const pages = entries.map((entry) => ({ id: entry.id, order: entry.data.order, entry }));
  return arrange(pages).map((lesson) => {
    const { page, locale: found } = pageIn(lesson, locale, defaultLocale);
    const { title, description, lab } = page.entry.data;
    return {
      unit: lesson.unit,
      slug: lesson.slug,
      locale,
      textLocale: isLocale(found) ? found : defaultLocale,
      path: lessonPath(locale, lesson.unit, lesson.slug),
      title,
      description,
      lab,
      entry: page.entry,
    };
  });
}

/** The ids of the labs that lessons name, in any locale. */
export async function labIds(): Promise<string[]> {
  const all = await Promise.all(locales.map((locale) => lessonsIn(locale)));
  return [...new Set(all.flat().map((lesson) => lesson.lab))];
}
