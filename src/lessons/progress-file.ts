import {
  areStepTimes,
  PROGRESS_KEY,
  timesIn,
  type ProgressStorage,
  type StepTimes,
} from './progress.ts';

/** The file holds no progress, or the browser did not store it. */
export class ProgressFileError extends Error {
  readonly reason: 'not-progress' | 'not-kept';

  constructor(reason: ProgressFileError['reason'], options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** The progress in `storage` as the text of a file, for {@link addProgress} in another browser. */
export function progressFile(storage: ProgressStorage): string {
  return `${JSON.stringify({ format: PROGRESS_KEY, labs: timesIn(storage) }, null, 2)}\n`;
}

/**
 * Adds the progress in a file of {@link progressFile}. Nothing is lost; of two times the earlier
 * stays.
 *
 * @throws ProgressFileError and changes nothing
 */
export function addProgress(file: string, storage: ProgressStorage): void {
  const times = timesIn(storage);
  for (const [lab, steps] of Object.entries(timesOf(file))) {
    const mine = times[lab] ?? {};
    for (const [step, time] of Object.entries(steps)) {
      const before = mine[step];
      if (before === undefined || time < before) mine[step] = time;
    }
    times[lab] = mine;
  }
  const text = JSON.stringify(times);
  try {
    storage.setItem(PROGRESS_KEY, text);
  } catch (error) {
    throw new ProgressFileError('not-kept', { cause: error });
  }
  if (storage.getItem(PROGRESS_KEY) !== text) throw new ProgressFileError('not-kept');
}

function timesOf(file: string): StepTimes {
  let value: unknown;
  try {
    value = JSON.parse(file);
  } catch (error) {
    throw new ProgressFileError('not-progress', { cause: error });
  }
  const { format, labs } = (value ?? {}) as { format?: unknown; labs?: unknown };
  if (format !== PROGRESS_KEY || !areStepTimes(labs)) throw new ProgressFileError('not-progress');
  return labs;
}
