import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * `fast` needs no container engine: units beside their files, content, contract. `real` starts
 * containers and clusters, one file after another, and needs what `npm start` sets up.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['{src,sandbox,tools}/**/*.test.ts', 'tests/{content,contract}/**/*.test.ts'],
          exclude: ['**/*.real.test.ts'],
        },
      },
      {
        test: {
          name: 'real',
          include: ['sandbox/**/*.real.test.ts', 'tests/{lessons,e2e,faults}/**/*.test.ts'],
          fileParallelism: false,
          // Limits the lessons' proofs, which run concurrently.
          maxConcurrency: Math.min(4, availableParallelism()),
          testTimeout: 180_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
