import type { ProgressStorage } from '../../src/lessons/progress.ts';

/** A browser's storage with nothing but progress, as stored. */
export function progressStorage(kept?: string): ProgressStorage {
  const items = new Map(kept === undefined ? [] : [['kindlab.progress.v1', kept]]);
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}
