import { browserStorage } from '../storage.ts';

/**
 * Which session of a lab this browser has. All tabs share it, so that a second tab joins the
 * session instead of starting another.
 */
export interface SessionMemory {
  get(): string | undefined;
  keep(id: string): void;
  /** Forgets the session `id`, but not one that another tab has started since. */
  forget(id: string): void;
}

/** The memory of `lab`'s session in `storage`. */
export function sessionMemory(lab: string, storage = browserStorage): SessionMemory {
  const key = `kindlab.session.${lab}`;
  return {
    get: () => storage.getItem(key) ?? undefined,
    keep: (id) => storage.setItem(key, id),
    forget: (id) => {
      if (storage.getItem(key) === id) storage.removeItem(key);
    },
  };
}
