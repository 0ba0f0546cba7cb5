/** Puts `values` in place of the `{name}`s of `template`. An unknown name stays as it is, so that it is seen. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

/** A duration for people, in the largest unit that is still honest: `40 seconds`, `3 minutes`, `2 hours`. */
export function duration(seconds: number, locale: string): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return inUnit(whole, 'second', locale);
  if (whole < 90 * 60) return inUnit(Math.round(whole / 60), 'minute', locale);
  return inUnit(Math.round(whole / 360) / 10, 'hour', locale);
}

function inUnit(amount: number, unit: 'second' | 'minute' | 'hour', locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}
