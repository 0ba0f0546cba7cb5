import { memory } from '../storage.ts';

/** Which of a lab's blocks of code, each by its place on the page, have been run in its session. */
export interface RanBlocks {
  has(sessionId: string, place: number): boolean;
  add(sessionId: string, place: number): void;
}

/** What is known of `lab`'s latest session, in `storage`: a lab has one session in a browser, and what ran in an earlier one is of no use. */
export function ranBlocks(lab: string, storage = memory): RanBlocks {
  const key = `kindlab.ran.${lab}`;
  const placesOf = (sessionId: string): string[] => {
    const [id, ...places] = storage.getItem(key)?.split(' ') ?? [];
    return id === sessionId ? places : [];
  };
  return {
    has: (sessionId, place) => placesOf(sessionId).includes(String(place)),
    add: (sessionId, place) => {
      const places = new Set([...placesOf(sessionId), String(place)]);
      storage.setItem(key, [sessionId, ...places].join(' '));
    },
  };
}
