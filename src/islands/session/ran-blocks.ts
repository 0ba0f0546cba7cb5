import { browserStorage } from '../storage.ts';

/** Which of a lab's blocks of code ran in its session. */
export interface RanBlocks {
  has(sessionId: string, blockId: string): boolean;
  add(sessionId: string, blockId: string): void;
}

/** Remembers the blocks of `lab`'s latest session in `storage`: earlier sessions do not matter. */
export function ranBlocks(lab: string, storage = browserStorage): RanBlocks {
  const key = `kindlab.ran.${lab}`;
  const blocksOf = (sessionId: string): string[] => {
    const [id, ...blocks] = storage.getItem(key)?.split(' ') ?? [];
    return id === sessionId ? blocks : [];
  };
  return {
    has: (sessionId, blockId) => blocksOf(sessionId).includes(blockId),
    add: (sessionId, blockId) => {
      const blocks = new Set([...blocksOf(sessionId), blockId]);
      storage.setItem(key, [sessionId, ...blocks].join(' '));
    },
  };
}
