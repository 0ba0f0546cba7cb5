import type { Strings } from '../i18n/dictionary.ts';

let texts: Partial<Strings> | undefined;

/**
 * The texts of a section, in the page's language. A page carries the sections that its islands
 * need.
 */
export function textsOf<Section extends keyof Strings>(section: Section): Strings[Section] {
  texts ??= JSON.parse(
    document.querySelector<HTMLMetaElement>('meta[name="ui-text"]')?.content ?? '{}',
  ) as Partial<Strings>;
  const found = texts[section];
  if (found === undefined) throw new Error(`This page carries no texts for "${section}".`);
  return found;
}

/** The language of the page's user interface. */
export function language(): string {
  return document.documentElement.lang;
}
