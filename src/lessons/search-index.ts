import type { AstroIntegration } from 'astro';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { close, createIndex } from 'pagefind';
import { locales } from '../i18n/locale.ts';

/** The parts of a lesson's page that are not its text. */
const chrome = [
  'button',
  'svg',
  'lab-step-tools',
  '[aria-hidden]',
  '.code-head',
  '.code-note',
  '.definition',
  '.diagram',
  '.fallback',
  '.hint > summary',
  '.predict-note',
  '.proven',
  '.step-done',
  '.visually-hidden',
];

/**
 * Writes the search index beside the built pages, one per language. A site without one still works,
 * so a failure is only logged.
 */
export function searchIndex(): AstroIntegration {
  return {
    name: 'kindlab-search-index',
    hooks: {
      'astro:build:done': async ({ dir, logger }) => {
        const dist = fileURLToPath(dir);
        try {
          logger.info(`${await writeIndex(dist)} pages can be searched`);
        } catch (error) {
          logger.error(`no search index: ${String(error)}`);
        } finally {
          await close();
        }
      },
    },
  };
}

/**
 * Writes the index below `dist` and resolves with the number of pages. pagefind's own `writeFiles`
 * resolves before its files are complete: on a busy machine, `close` then left an empty
 * `pagefind-entry.json`. The caller calls `close`.
 */
export async function writeIndex(dist: string): Promise<number> {
  const { index, errors } = await createIndex({ excludeSelectors: chrome });
  if (index === undefined) throw new Error(errors.join(' '));
  let pages = 0;
  for (const locale of locales) {
    const added = await index.addDirectory({ path: dist, glob: `${locale}/**/*.html` });
    if (added.errors.length > 0) throw new Error(added.errors.join(' '));
    pages += added.page_count;
  }
  const made = await index.getFiles();
  if (made.errors.length > 0) throw new Error(made.errors.join(' '));
  for (const { path, content } of made.files) {
    const file = join(dist, 'pagefind', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return pages;
}
