import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isLocale, locales } from '../../src/i18n/locale.ts';

const DIST = 'dist';
const pages = globSync('**/*.html', { cwd: DIST, exclude: ['.prerender/**'] }).sort();
/** The server's CSP allows no script in a page. */
const inlineScript = /<script(?![^>]*\bsrc=)[^>]*>/;

describe.skipIf(!existsSync(join(DIST, 'en/index.html')))('the built site', () => {
  test.each(pages)('each internal link and anchor of %s has a target', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    const dead: string[] = [];
    for (const [, link = ''] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?:|data:|mailto:)/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : path.endsWith('/') ? `${path}index.html` : path;
      const target = join(DIST, file);
      const exists =
        existsSync(target) &&
        (anchor === undefined || (await readFile(target, 'utf8')).includes(`id="${anchor}"`));
      if (!exists) dead.push(link);
    }
    expect(dead).toEqual([]);
  });

  test.each(pages)('%s has no inline script', async (page) => {
    expect(await readFile(join(DIST, page), 'utf8')).not.toMatch(inlineScript);
  });

  test.each(pages)('%s loads its scripts with low priority', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    expect(html).not.toMatch(/<script type="module"(?! fetchpriority="low")/);
  });

  test.each(pages)(
    '%s has no asterisks left over from Markdown: bold goes inside a <Term>',
    async (page) => {
      const html = await readFile(join(DIST, page), 'utf8');
      const prose = html.replaceAll(/<(pre|svg|script|style)[\s\S]*?<\/\1>/g, '');
      expect(prose.match(/.{0,30}\*\*.{0,30}/g) ?? []).toEqual([]);
    },
  );

  test.each(pages)('%s has no address for search engines without an origin', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    expect(html.match(/<link rel="(alternate|canonical)"[^>]*href="(?!https?:)[^>]*>/g)).toBeNull();
  });

  test('the page of a lesson links to the same lesson in each language', async () => {
    for (const page of pages) {
      const [locale = '', ...rest] = page.replace('index.html', '').split('/');
      if (!isLocale(locale) || rest.length < 3) continue;
      const html = await readFile(join(DIST, page), 'utf8');
      for (const other of locales) {
        expect(html).toContain(`href="/${other}/${rest.join('/')}" hreflang="${other}"`);
      }
    }
  });
});
