import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const DIST = 'dist';
const pages = globSync('**/*.html', { cwd: DIST, exclude: ['.prerender/**'] }).sort();
/** The server's CSP allows no script in a page. */
const inlineScript = /<script(?![^>]*\bsrc=)[^>]*>/;

describe.skipIf(!existsSync(join(DIST, 'en/index.html')))('the built site', () => {
  test.each(pages)('each internal link and anchor of %s leads somewhere', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    const dead: string[] = [];
    for (const [, link = ''] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?:|data:|mailto:)/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : path.endsWith('/') ? `${path}index.html` : path;
      const target = join(DIST, file);
      const isThere =
        existsSync(target) &&
        (anchor === undefined || (await readFile(target, 'utf8')).includes(`id="${anchor}"`));
      if (!isThere) dead.push(link);
    }
    expect(dead).toEqual([]);
  });

  test.each(pages)('%s holds no script of its own', async (page) => {
    expect(await readFile(join(DIST, page), 'utf8')).not.toMatch(inlineScript);
  });

  test.each(pages)('%s has its scripts fetched behind what is painted', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    expect(html).not.toMatch(/<script type="module"(?! fetchpriority="low")/);
  });

  test.each(pages)('%s has no stars of Markdown left: bold goes inside a <Term>', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    const prose = html.replaceAll(/<(pre|svg|script|style)[\s\S]*?<\/\1>/g, '');
    expect(prose.match(/.{0,30}\*\*.{0,30}/g) ?? []).toEqual([]);
  });

  test.each(pages)('%s tells search engines no address that lacks its origin', async (page) => {
    const html = await readFile(join(DIST, page), 'utf8');
    expect(html.match(/<link rel="(alternate|canonical)"[^>]*href="(?!https?:)[^>]*>/g)).toBeNull();
  });

  test('a lesson’s page switches to the same lesson in the other language', async () => {
    for (const page of pages.filter((each) => /^(en|ja)\/.+\/.+\//.test(each))) {
      const html = await readFile(join(DIST, page), 'utf8');
      const [locale = '', ...rest] = page.replace('index.html', '').split('/');
      const other = locale === 'en' ? 'ja' : 'en';
      expect(html).toContain(`href="/${other}/${rest.join('/')}" hreflang="${other}"`);
    }
  });
});
