/** The units of the curriculum, in the order in which they are taught. */
export const units = ['concepts', 'scaling', 'data', 'ml', 'etl', 'capstone'] as const;

export type Unit = (typeof units)[number];

export function isUnit(text: string): text is Unit {
  return (units as readonly string[]).includes(text);
}
