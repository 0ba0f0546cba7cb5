/** What a browser remembers of a learner: the steps that were once complete, by lab. */
export interface Progress {
  /** Marks a step as complete; keeps the first time. */
  complete(lab: string, step: string): void;
  /** The steps of `lab` that were once complete. */
  stepsDone(lab: string): Set<string>;
}

type Stored = Record<string, Record<string, string>>;

const KEY = 'kindlab.progress.v1';

/** Progress kept in `storage`. A storage that is full, forbidden or damaged means progress that is not kept, never an error. */
export function progressIn(storage: Pick<Storage, 'getItem' | 'setItem'>): Progress {
  return {
    complete(lab, step) {
      const stored = read(storage);
      const steps = stored[lab] ?? {};
      if (steps[step] !== undefined) return;
      stored[lab] = { ...steps, [step]: new Date().toISOString() };
      try {
        storage.setItem(KEY, JSON.stringify(stored));
      } catch {
        // Private windows and full storages refuse; the learner loses a tick, not the lesson.
      }
    },
    stepsDone: (lab) => new Set(Object.keys(read(storage)[lab] ?? {})),
  };
}

function read(storage: Pick<Storage, 'getItem'>): Stored {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? '{}');
    return isStored(value) ? value : {};
  } catch {
    return {};
  }
}

function isStored(value: unknown): value is Stored {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((steps) => typeof steps === 'object' && steps !== null)
  );
}
