/** Every locale that the site speaks, in the order of the language switch. */
export const locales = ['en', 'ja'] as const;

export type Locale = (typeof locales)[number];

/** What a page falls back to that is missing in a locale. */
export const defaultLocale: Locale = 'en';

export function isLocale(text: string): text is Locale {
  return (locales as readonly string[]).includes(text);
}

/** The locale of the page being built, from its route: for components that stand in a lesson's text. */
export function localeOf(params: Record<string, string | undefined>): Locale {
  const { locale = '' } = params;
  return isLocale(locale) ? locale : defaultLocale;
}

/** The first of a browser's `languages` that the site speaks. */
export function preferredLocale(languages: readonly string[]): Locale {
  const spoken = languages.map((language) => language.toLowerCase().split('-')[0] ?? '');
  return spoken.find(isLocale) ?? defaultLocale;
}
