import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { ReadingServer } from '../support/reading-server.ts';

/** What works without a sandbox, in a real browser under the server's own headers. */

const PATH = 'concepts/nodes-pods-containers';
const server = new ReadingServer();
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  await server.start();
  browser = await launchBrowser();
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

describe('the search', () => {
  const hits = () => page.locator('[data-search-hits] a');
  const search = async (words: string): Promise<string[]> => {
    await page.locator('dialog.search input').fill(words);
    await page
      .locator('[data-search-hits] a, [data-search-note]:text-matches("^(Noth|見つかりま)")')
      .first()
      .waitFor();
    return hits().evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  };

  it('loads nothing of its engine before somebody opens it', async () => {
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await page.goto(`${server.origin}/en/${PATH}/`, { waitUntil: 'networkidle' });
    expect(loaded.filter((url) => url.includes('pagefind'))).toEqual([]);
  });

  it('opens at a key, and leads to a step by the keyboard alone', async () => {
    await page.keyboard.press('/');
    await page.locator('dialog.search[open]').waitFor();
    const found = await search('container');
    // Of a step, not of its heading.
    expect(found.some((href) => /^\/en\/concepts\/.+\/#[a-z-]+$/.test(href))).toBe(true);
    expect(found.filter((href) => href.endsWith('-title'))).toEqual([]);
    await page.keyboard.press('ArrowDown');
    const href = await page.evaluate(() => document.activeElement?.getAttribute('href'));
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.origin}${href ?? ''}`);
    await page.keyboard.press('Control+k');
    await page.locator('dialog.search[open]').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog.search[open]').count()).toBe(0);
  });

  it.each([
    ['スケジューラー', '/ja/glossary/#scheduler'],
    ['メモリ', '/ja/glossary/#limit'],
    ['ノードに置く', `/ja/${PATH}/`],
    ['再起動', `/ja/glossary/#liveness-probe`],
  ])('finds %s inside Japanese sentences', async (words, href) => {
    await page.goto(`${server.origin}/ja/${PATH}/`);
    await page.keyboard.press('Control+k');
    const found = await search(words);
    expect(found.some((each) => each.startsWith(href.split('#')[0] ?? ''))).toBe(true);
    const text = await page.locator('[data-search-hits]').innerText();
    expect(text).toContain(words.slice(0, 3));
    const marks = await page.locator('[data-search-hits] mark').allInnerTexts();
    expect(marks.length).toBeGreaterThan(0);
  });
});

it('has no complaints from the browser', () => {
  expect(complaints).toEqual([]);
});
