import type { en } from './en.ts';
import type { ErrorTexts } from './error-texts.ts';

/** A text with a number `{n}`: one form for each plural category of its language. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

type Localized<Text, Forms> = Text extends { other: string }
  ? Forms
  : Text extends string
    ? string
    : { [Key in keyof Text]: Localized<Text[Key], Forms> };

/** The texts of the user interface, in any language. */
export type Strings = Localized<typeof en, Plural>;

/**
 * What a dictionary beside the English one must hold: every text, every error, and of every plural
 * the forms of its language (`Intl.PluralRules` lists them).
 */
export type Translation<Category extends Intl.LDMLPluralRule> = Localized<
  typeof en,
  Record<Category, string>
> & { errors: { known: ErrorTexts } };
