import { locales, type Locale } from './locale.ts';

/**
 * The addresses of a page in each language, for search engines. They accept only absolute ones, so
 * the list is empty without the site's origin. `rest` is the path after the locale.
 */
export function alternates(
  rest: string,
  origin: URL | undefined,
): { locale: Locale; href: string }[] {
  if (origin === undefined) return [];
  return locales.map((locale) => ({ locale, href: new URL(`/${locale}/${rest}`, origin).href }));
}
