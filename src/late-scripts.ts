import type { AstroIntegration } from 'astro';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** Has browsers fetch the islands behind what is painted. Astro writes their tags itself: one with attributes of ours would not be bundled. */
export function lateScripts(): AstroIntegration {
  return {
    name: 'kindlab:late-scripts',
    hooks: {
      'astro:build:done': async ({ dir }) => {
        const root = fileURLToPath(dir);
        for await (const page of glob('**/*.html', { cwd: root })) {
          const file = join(root, page);
          const html = await readFile(file, 'utf8');
          const later = html.replaceAll(
            '<script type="module" src=',
            '<script type="module" fetchpriority="low" src=',
          );
          await writeFile(file, later);
        }
      },
    },
  };
}
