import type { Strings } from './dictionary.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';
import type { Locale } from './locale.ts';

const strings: Record<Locale, Strings> = { en, ja };

/** The texts of the user interface in `locale`. */
export function stringsOf(locale: Locale): Strings {
  return strings[locale];
}
