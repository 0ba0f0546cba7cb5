/** What a browser remembers of a learner: the steps that were once complete, by lab. */
export interface Progress {
  /** Marks a step as complete; keeps the first time. */
  complete(lab: string, step: string): void;
  /** The steps of `lab` that were once complete. */
  stepsDone(lab: string): Set<string>;
  /** All of it as the text of a file, for another browser's {@link addFrom}. */
  asFile(): string;
  /** Adds what a file of {@link asFile} holds; nothing is lost, and of two times the earlier stays. Throws {@link ProgressFileError} and has then changed nothing. */
  addFrom(file: string): void;
}

/** A file that holds no progress, or progress that could not be kept. */
export class ProgressFileError extends Error {
  readonly reason: 'not-progress' | 'not-kept';

  constructor(reason: ProgressFileError['reason'], options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

type Stored = Record<string, Record<string, string>>;

/** Where it is kept; in a file, what that says of itself. */
const KEY = 'kindlab.progress.v1';

/** Progress kept in `storage`. A storage that is full, forbidden or damaged means progress that is not kept; only {@link Progress.addFrom} takes that for an error. */
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
    asFile: () => `${JSON.stringify({ format: KEY, labs: read(storage) }, null, 2)}\n`,
    addFrom(file) {
      const stored = read(storage);
      for (const [lab, steps] of Object.entries(labsIn(file))) {
        const mine = stored[lab] ?? {};
        for (const [step, time] of Object.entries(steps)) {
          const before = mine[step];
          if (before === undefined || time < before) mine[step] = time;
        }
        stored[lab] = mine;
      }
      const text = JSON.stringify(stored);
      try {
        storage.setItem(KEY, text);
      } catch (error) {
        throw new ProgressFileError('not-kept', { cause: error });
      }
      if (storage.getItem(KEY) !== text) throw new ProgressFileError('not-kept');
    },
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

function labsIn(file: string): Stored {
  let value: unknown;
  try {
    value = JSON.parse(file);
  } catch (error) {
    throw new ProgressFileError('not-progress', { cause: error });
  }
  if (!isRecord(value) || value.format !== KEY || !isStored(value.labs)) {
    throw new ProgressFileError('not-progress');
  }
  return value.labs;
}

function isStored(value: unknown): value is Stored {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (steps) => isRecord(steps) && Object.values(steps).every((time) => typeof time === 'string'),
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
