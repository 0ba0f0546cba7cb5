import { en, type Strings } from './en.ts';
import { ja } from './ja.ts';
import type { Locale } from './locale.ts';

const strings: Record<Locale, Strings> = { en, ja };

/** The user interface's texts in `locale`. */
export function stringsOf(locale: Locale): Strings {
  return strings[locale];
}
