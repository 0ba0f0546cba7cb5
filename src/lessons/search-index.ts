import type { AstroIntegration } from 'astro';
import { join } from 'node:path';
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

/** Resolves with the number of pages. */
async function writeIndex(dist: string): Promise<number> {
  const { index, errors } = await createIndex({ excludeSelectors: chrome });
  if (index === undefined) throw new Error(errors.join(' '));
  let pages = 0;
  for (const locale of locales) {
    const added = await index.addDirectory({ path: dist, glob: `${locale}/**/*.html` });
    if (added.errors.length > 0) throw new Error(added.errors.join(' '));
    pages += added.page_count;
  }
  const written = await index.writeFiles({ outputPath: join(dist, 'pagefind') });
  if (written.errors.length > 0) throw new Error(written.errors.join(' '));
  return pages;
}
