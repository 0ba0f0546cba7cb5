import type { AstroIntegration } from 'astro';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const compress = promisify(brotliCompress);
/**
 * The server compresses smaller files on the fly. For the editor alone that would take half a
 * second of CPU each time.
 */
const LEAST_BYTES = 64 * 1024;
/** 11 saves another tenth of the bytes and takes ten times as long. */
const QUALITY = 9;

/** Writes a `.br` beside each large script of the built site, for the server to send instead. */
export function precompress(): AstroIntegration {
  return {
    name: 'kindlab:precompress',
    hooks: {
      'astro:build:done': async ({ dir }) => {
        const folder = new URL('_astro/', dir);
        for (const name of (await readdir(folder)).filter((file) => file.endsWith('.js'))) {
          const bytes = await readFile(new URL(name, folder));
          if (bytes.length < LEAST_BYTES) continue;
          const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY };
          await writeFile(new URL(`${name}.br`, folder), await compress(bytes, { params }));
        }
      },
    },
  };
}
