/** The units, in curriculum order. */
export const units = ['concepts', 'scaling', 'data', 'ml', 'etl', 'capstone'] as const;

export type Unit = (typeof units)[number];

export function isUnit(text: string): text is Unit {
  return (units as readonly string[]).includes(text);
}
