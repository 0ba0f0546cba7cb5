/** Every language that the site speaks, in the order of the language switch. */
export const locales = ['en', 'ja'] as const;

export type Locale = (typeof locales)[number];

/** Shown where a page or a text is missing in another language. */
export const defaultLocale = 'en' satisfies Locale;

/** A language that needs translations of what the server says in English. */
export type TranslatedLocale = Exclude<Locale, typeof defaultLocale>;

export function isLocale(text: string): text is Locale {
  return (locales as readonly string[]).includes(text);
}
