/** What a browser remembers of a learner: the steps that were once complete, by lab. */
export interface Progress {
  /** Marks a step as complete; keeps the first time. */
  complete(lab: string, step: string): void;
  /** The steps of `lab` that were once complete. */
  stepsDone(lab: string): Set<string>;
}

/** When each step was complete, by lab and step. */
export type StepTimes = Record<string, Record<string, string>>;

export type ProgressStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Where it is kept. */
export const PROGRESS_KEY = 'kindlab.progress.v1';

/** Progress kept in `storage`. A storage that is full, forbidden or damaged means progress that is not kept. */
export function progressIn(storage: ProgressStorage): Progress {
  return {
    complete(lab, step) {
      const times = timesIn(storage);
      const steps = times[lab] ?? {};
      if (steps[step] !== undefined) return;
      times[lab] = { ...steps, [step]: new Date().toISOString() };
      try {
        storage.setItem(PROGRESS_KEY, JSON.stringify(times));
      } catch {
        // Private windows and full storages refuse; the learner loses a tick, not the lesson.
      }
    },
    stepsDone: (lab) => new Set(Object.keys(timesIn(storage)[lab] ?? {})),
  };
}

/** All that `storage` remembers; nothing if that is damaged. */
export function timesIn(storage: ProgressStorage): StepTimes {
  try {
    const value: unknown = JSON.parse(storage.getItem(PROGRESS_KEY) ?? '{}');
    return areStepTimes(value) ? value : {};
  } catch {
    return {};
  }
}

export function areStepTimes(value: unknown): value is StepTimes {
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
