import type { AstroIntegration } from 'astro';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const compress = promisify(brotliCompress);
/** Smaller ones are compressed as they are sent. The editor alone would take half a second of CPU each time. */
const LEAST_BYTES = 64 * 1024;
/** 11 is a tenth smaller, and takes ten times as long. */
const QUALITY = 9;

/** Puts a `.br` beside each large script of the built site, which the server sends in its place. */
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
