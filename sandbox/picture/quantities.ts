const FACTORS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number. Anything else counts as 0: only a picture depends on it. */
function toNumber(quantity: string): number {
  const [, digits, unit = ''] = /^([\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  return digits === undefined ? 0 : Number(digits) * (FACTORS[unit] ?? 0);
}

/** `250m` → 250, `2` → 2000. */
export function toMillis(quantity: string): number {
  return Math.round(toNumber(quantity) * 1000);
}

/** `128Mi` → 128, `1Gi` → 1024. */
export function toMebibytes(quantity: string): number {
  return Math.round(toNumber(quantity) / 2 ** 20);
}
