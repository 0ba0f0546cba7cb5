import type { AstroIntegration } from 'astro';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/**
 * Lowers the priority of the islands, so that browsers fetch what they paint first. It edits the
 * built pages because Astro bundles only script tags without attributes.
 */
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
