import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';
import { scriptBeforeInteraction } from '../support/page-weight.ts';
import { ReadingServer } from '../../tools/support/reading-server.ts';

/** What works without a sandbox, in a real browser under the server's own headers. */

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
const PATH = 'concepts/nodes-pods-containers';
const server = new ReadingServer();
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  await server.start();
  browser = await launchBrowser();
  // axe needs a page in its own context.
  page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** The largest page of a lesson. */
function largestLesson(locale: string): string {
  const size = (page: string) => statSync(join('dist', page)).size;
  const pages = globSync(`${locale}/*/*/index.html`, { cwd: 'dist' });
  const [largest = ''] = pages.toSorted((one, other) => size(other) - size(one));
  return `/${largest.replace(/index\.html$/, '')}`;
}

describe('a lesson before any interaction', () => {
  it.each(['en', 'ja'])('%s: loads no more than 10 KiB of script', async (locale) => {
    const sizes = await scriptBeforeInteraction(browser, server.origin + largestLesson(locale));
    const paths = [...sizes.keys()];
    expect(paths).toContain('/boot.js');
    expect(paths.some((path) => path.includes('Lesson'))).toBe(true);
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    expect(bytes, JSON.stringify(Object.fromEntries(sizes), null, 1)).toBeLessThanOrEqual(
      10 * 1024,
    );
  });
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

  it('loads its engine only when it is opened', async () => {
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await page.goto(`${server.origin}/en/${PATH}/`, { waitUntil: 'networkidle' });
    expect(loaded.filter((url) => url.includes('pagefind'))).toEqual([]);
  });

  it('opens by a key, and leads to a step by keyboard alone', async () => {
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

async function accessible(): Promise<void> {
  expect(await violationsOf(page)).toEqual([]);
}

describe('progress', () => {
  const file = (text: string) => ({
    name: 'kindlab-progress.json',
    mimeType: 'application/json',
    buffer: Buffer.from(text),
  });
  const section = () => page.locator('[data-progress]');
  const say = async (text: string) => section().getByRole('status').getByText(text).waitFor();

  it('is shown in total, and moves to another browser as a file', async () => {
    await page.goto(`${server.origin}/en/`);
    await page.evaluate((lab) => {
      const done = { [lab]: { 'first-pod': '2026-01-01T00:00:00.000Z' } };
      localStorage.setItem('kindlab.progress.v1', JSON.stringify(done));
    }, PATH);
    await page.reload();
    await section()
      .getByText(/^1 of \d+ steps done across all lessons$/)
      .waitFor();
    const coming = page.waitForEvent('download');
    await section().getByRole('button', { name: 'Save to a file' }).click();
    const saved = readFileSync(await (await coming).path(), 'utf8');
    await page.evaluate(() => localStorage.clear());
    await page.goto(`${server.origin}/ja/`);
    await page.locator('[data-progress] input').setInputFiles(file('rubbish'));
    await say('読み込みませんでした');
    await page.locator('[data-progress] input').setInputFiles(file(saved));
    await say('読み込みました');
    await section()
      .getByText(/ステップ中 1 ステップ完了$/)
      .waitFor();
    await accessible();
    await page.screenshot({ path: join(ARTEFACTS, 'progress-ja.png'), fullPage: true });
  });
});

describe('the link to a step', () => {
  const url = `/en/${PATH}/`;
  const copyLink = (page: Page) =>
    page.locator('#first-pod').getByRole('button', { name: /^Copy the link to “/ });
  const say = async (page: Page, text: string) =>
    page.locator('#first-pod').getByRole('status').getByText(text).waitFor();

  it('is copied by keyboard, and leads to the step', async () => {
    const context = await browser.newContext({
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const reader = await context.newPage();
    await reader.goto(`${server.origin}${url}?at=look-inside`);
    await copyLink(reader).press('Enter');
    await say(reader, 'Link copied');
    const link = await reader.evaluate(async () => navigator.clipboard.readText());
    expect(link).toBe(`${server.origin}${url}#first-pod`);
    await reader.goto(link);
    await reader.locator('#first-pod:target h2').waitFor();
    await context.close();
  });

  it('is shown in the address bar when it cannot be copied', async () => {
    const reader = await browser.newPage();
    // As in browsers over plain http.
    await reader.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
    });
    await reader.goto(`${server.origin}${url}`);
    await copyLink(reader).click();
    await say(reader, 'The link is in the address bar');
    expect(reader.url()).toBe(`${server.origin}${url}#first-pod`);
    await reader.close();
  });

  it('is accessible, in both languages', async () => {
    for (const locale of ['en', 'ja']) {
      await page.goto(`${server.origin}/${locale}/${PATH}/`);
      await accessible();
    }
  });
});

describe('other pages', () => {
  it.each(['en', 'ja'])('%s: glossary and search are accessible', async (locale) => {
    await page.goto(`${server.origin}/${locale}/glossary/`);
    await accessible();
    await page.keyboard.press('Control+k');
    await page.locator('dialog.search input').fill('pod');
    await page.locator('[data-search-hits] a').first().waitFor();
    await accessible();
    await page.screenshot({ path: join(ARTEFACTS, `search-${locale}.png`) });
    await page.keyboard.press('Escape');
  });
});

describe('a lesson without a sandbox', () => {
  it('is complete on paper and without script', async () => {
    await page.goto(`${server.origin}/en/${PATH}/`);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#session-pane').isVisible()).toBe(false);
    // A check once ended up in the column of its ring, one word per line.
    const check = await page.locator('[data-check] > div').first().boundingBox();
    expect(check?.width).toBeGreaterThan(600);
    await page.screenshot({ path: join(ARTEFACTS, 'print.png'), fullPage: true });
    await page.emulateMedia({ media: null });
    const plain = await browser.newPage({ javaScriptEnabled: false });
    await plain.goto(`${server.origin}/ja/${PATH}/`);
    expect(await plain.locator('[data-step]').count()).toBeGreaterThan(3);
    expect(await plain.locator('[data-run]:visible').count()).toBe(0);
    await plain.screenshot({ path: join(ARTEFACTS, 'no-script-ja.png'), fullPage: true });
    await plain.close();
  });
});

it('logs no errors in the browser', () => {
  expect(complaints).toEqual([]);
});
