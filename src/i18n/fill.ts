import type { Plural } from './dictionary.ts';

type Values = Record<string, string | number>;

/**
 * Replaces each `{name}` of `template` with its value. An unknown name stays, so that it is
 * noticed.
 */
export function fill(template: string, values: Values): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

/** Like {@link fill}, in the plural form that `locale` has for `n`, which replaces `{n}`. */
export function fillPlural(forms: Plural, n: number, locale: string, values: Values = {}): string {
  const form = forms[new Intl.PluralRules(locale).select(n)] ?? forms.other;
  return fill(form, { ...values, n });
}

/** A duration in words, in a unit that suits its length: `40 seconds`, `3 minutes`, `2 hours`. */
export function duration(seconds: number, locale: string): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return inUnit(whole, 'second', locale);
  if (whole < 90 * 60) return inUnit(Math.round(whole / 60), 'minute', locale);
  return inUnit(Math.round(whole / 360) / 10, 'hour', locale);
}

function inUnit(amount: number, unit: 'second' | 'minute' | 'hour', locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}
