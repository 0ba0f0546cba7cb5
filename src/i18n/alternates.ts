import { locales, type Locale } from './locale.ts';

/**
 * The same page in each language, for those who look from outside: search engines take no address but a whole one, so there are none without the site's
 * origin. `rest` is the path after the locale.
 */
export function alternates(
  rest: string,
  origin: URL | undefined,
): { locale: Locale; href: string }[] {
  if (origin === undefined) return [];
  return locales.map((locale) => ({ locale, href: new URL(`/${locale}/${rest}`, origin).href }));
}
