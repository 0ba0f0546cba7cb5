import { defaultLocale, isLocale, type Locale } from '../protocol/locales.ts';

export * from '../protocol/locales.ts';

/** The locale of the page being built, from its route: for components inside a lesson's text. */
export function localeOf(params: Record<string, string | undefined>): Locale {
  const { locale = '' } = params;
  return isLocale(locale) ? locale : defaultLocale;
}

/** The first of a browser's `languages` that the site speaks. */
export function preferredLocale(languages: readonly string[]): Locale {
  const spoken = languages.map((language) => language.toLowerCase().split('-')[0] ?? '');
  return spoken.find(isLocale) ?? defaultLocale;
}
