/** The steps that a learner has completed in this browser, by lab. */
export interface Progress {
  /** Marks a step as complete. The first time counts. */
  complete(lab: string, step: string): void;
  /** The completed steps of `lab`. */
  stepsDone(lab: string): Set<string>;
}

/** When each step was first complete, by lab and step, in ISO 8601. */
export type StepTimes = Record<string, Record<string, string>>;

export type ProgressStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** The key in the browser's storage. */
export const PROGRESS_KEY = 'kindlab.progress.v1';

/** Keeps progress in `storage`. If that is full, forbidden or damaged, progress is lost. */
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

/** All times in `storage`; none if they are damaged. */
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
