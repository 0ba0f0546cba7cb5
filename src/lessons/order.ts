import { isUnit, units, type Unit } from './units.ts';

/** One page of a lesson. */
export interface PageKey {
  /** `locale/unit/lesson`, the path in the content folder. */
  id: string;
  /** Place within the unit. */
  order: number;
}

/** A lesson in all the locales it exists in. */
export interface LessonPages<Page extends PageKey> {
  unit: Unit;
  slug: string;
  /** The lesson's pages by locale; at least one. */
  pages: Map<string, Page>;
}

/**
 * Groups pages into lessons, in curriculum order: by unit, then by `order`, then by name.
 *
 * @throws Error when the folder of a page is not a unit
 */
export function arrange<Page extends PageKey>(pages: readonly Page[]): LessonPages<Page>[] {
  const lessons = new Map<string, LessonPages<Page>>();
  for (const page of pages) {
    const [locale = '', unit = '', slug = ''] = page.id.split('/');
    if (!isUnit(unit)) {
      throw new Error(`content/lessons/${page.id}: "${unit}" is not a unit (${units.join(', ')}).`);
    }
    const key = `${unit}/${slug}`;
    const lesson = lessons.get(key) ?? { unit, slug, pages: new Map<string, Page>() };
    lesson.pages.set(locale, page);
    lessons.set(key, lesson);
  }
  return [...lessons.values()].sort(
    (a, b) =>
      units.indexOf(a.unit) - units.indexOf(b.unit) ||
      placeOf(a) - placeOf(b) ||
      a.slug.localeCompare(b.slug),
  );
}

/** The page of `lesson` in `locale`; if it is missing, in `fallback`, or else in any locale. */
export function pageIn<Page extends PageKey>(
  lesson: LessonPages<Page>,
  locale: string,
  fallback: string,
): { page: Page; locale: string } {
  for (const candidate of [locale, fallback, ...lesson.pages.keys()]) {
    const page = lesson.pages.get(candidate);
    if (page !== undefined) return { page, locale: candidate };
  }
  throw new Error(`${lesson.unit}/${lesson.slug} has no page in any locale.`);
}

function placeOf(lesson: LessonPages<PageKey>): number {
  return Math.min(...[...lesson.pages.values()].map((page) => page.order));
}
