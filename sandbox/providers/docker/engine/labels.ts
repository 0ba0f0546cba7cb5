/** Everything this project creates in an engine carries these, so that a sweep finds what a crash left. */
export const Label = {
  /** The install whose server made it: a sweep touches nothing else. */
  install: 'kindlab.install',
  session: 'kindlab.session',
  /** Counts the starts of the server that made it. */
  generation: 'kindlab.generation',
  /** ISO time after which anybody may remove it. */
  expires: 'kindlab.expires',
  /** On images and build containers: the recipe that made them. */
  recipe: 'kindlab.recipe',
  /** On build containers: whose build it is. An install's id is not known yet when its first images are built. */
  builder: 'kindlab.builder',
} as const;

/** Who makes something and for which session. */
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
