import type { ProgressStorage } from '../../src/lessons/progress.ts';

/** A browser's storage that holds progress, as it is kept, and nothing else. */
export function progressStorage(kept?: string): ProgressStorage {
  const items = new Map(kept === undefined ? [] : [['kindlab.progress.v1', kept]]);
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}
