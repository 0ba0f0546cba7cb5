/** Labels of everything this project creates in an engine, by which a sweep finds leftovers. */
export const Label = {
  /** The install whose server made it; a sweep touches nothing else. */
  install: 'kindlab.install',
  session: 'kindlab.session',
  /** The number of the server's start that made it. */
  generation: 'kindlab.generation',
  /** The ISO time after which any install may remove it. */
  expires: 'kindlab.expires',
  /** On images and build containers: the recipe that made them. */
  recipe: 'kindlab.recipe',
  /**
   * On build containers: the folder of the build's logs, because the first images are built before
   * the install has an id.
   */
  builder: 'kindlab.builder',
} as const;

/** The install and session for which something is made. */
export interface Ownership {
  install: string;
  session: string;
  generation: number;
  expires: Date;
}

export function ownershipLabels(owner: Ownership): Record<string, string> {
  return {
    [Label.install]: owner.install,
    [Label.session]: owner.session,
    [Label.generation]: String(owner.generation),
    [Label.expires]: owner.expires.toISOString(),
  };
}
