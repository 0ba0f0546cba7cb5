import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { previewSchema } from '../../src/protocol/lab.ts';
import { violationsOf, WCAG } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';
import { FakeWebApp } from '../support/fake-web-app.ts';
import { PaneServer } from '../../tools/support/pane-server.ts';

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
const LESSON = 'concepts/nodes-pods-containers';
const titles = { en: 'Spark’s UI', ja: 'Spark の UI' };
const wide = { viewport: { width: 1440, height: 900 } };

const server = new PaneServer();
let cluster: FakeApiServer;
let app: FakeWebApp;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(ARTEFACTS, { recursive: true });
  await server.start();
  const preview = previewSchema.parse({ service: 'spark', port: 4040 });
  server.addPreview(LESSON, { id: 'spark-ui', titles, preview });
  browser = await launchBrowser();
});

beforeEach(async () => {
  cluster = await new FakeApiServer().start();
  app = await new FakeWebApp().start();
  server.useApi(cluster.kubeConfig());
  return async () => {
    await app[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  };
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

function serve(): void {
  cluster.servePod({ service: 'spark', port: 4040 }, { pod: 'driver', port: 4040 }, app.port);
}

/** A lesson whose preview is served and shown. The caller closes its context. */
async function opened(): Promise<Page> {
  serve();
  const { page } = await server.live(browser, `/en/${LESSON}/`, wide);
  await page.getByRole('tab', { name: titles.en }).click();
  await frameOf(page).getByRole('link').waitFor();
  return page;
}

function frameOf(page: Page, title: string = titles.en): FrameLocator {
  return page.frameLocator(`iframe[title="${title}"]`);
}

it('opens beside the terminal as soon as it is served, with its own sockets and cookies', async () => {
  const { page } = await server.live(browser, `/en/${LESSON}/`, wide);
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The waiting page is a 503, which Chromium logs as an error.
    const isWaiting = message.text().includes('503');
    if (message.type() === 'error' && !isWaiting) complaints.push(message.text());
  });
  await page.locator('lab-preview button').click();
  const frame = frameOf(page);
  await frame.getByText('LAB_PREVIEW_ABSENT').waitFor();
  await page.screenshot({ path: join(ARTEFACTS, 'preview-waiting.png') });
  expect(await violationsOf(page, '#session-pane', WCAG)).toEqual([]);

  serve();
  await frame.getByRole('link', { name: 'GET /' }).waitFor();
  expect(await page.locator('[data-terminal]').isVisible()).toBe(false);
  await page.screenshot({ path: join(ARTEFACTS, 'preview-open.png') });
  expect(await violationsOf(page, '#session-pane', WCAG)).toEqual([]);

  await frame.getByRole('link').click();
  await frame.getByRole('link', { name: 'GET /next' }).waitFor();
  const echo = await frame.locator('body').evaluate(
    async () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/socket`);
        socket.onopen = () => socket.send('ping');
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => reject(new Error('no socket'));
      }),
  );
  expect(echo).toBe('ping');
  const cookies = app.requests.map(({ headers }) => headers.cookie ?? '');
  expect(cookies.join()).not.toContain('kindlab');
  // The pod's own cookie came back.
  expect(cookies.at(-1)).toBe('app=1');
  expect(complaints).toEqual([]);
  await page.context().close();
});

it('opens in a browser tab, without access to the lesson', async () => {
  const page = await opened();
  const coming = page.context().waitForEvent('page');
  await page.getByRole('button', { name: `Open ${titles.en} in a new tab` }).click();
  const tab = await coming;
  await tab.getByRole('link', { name: 'GET /' }).waitFor();
  expect(tab.url()).toMatch(/^http:\/\/p-[a-z0-9]+\.localhost:\d+\/$/);
  expect(await tab.evaluate(() => globalThis.opener as unknown)).toBeNull();
  expect(await tab.evaluate(() => document.cookie)).toBe('app=1');
  await page.context().close();
});

it('can be opened and left by keyboard, and keeps the terminal', async () => {
  serve();
  const { page } = await server.live(browser, `/en/${LESSON}/`, wide);
  const tab = (name: string) => page.getByRole('tab', { name });
  await tab('Terminal').focus();
  await page.keyboard.press('ArrowRight');
  expect(await tab(titles.en).getAttribute('aria-selected')).toBe('false');
  await page.keyboard.press('Enter');
  await frameOf(page).getByRole('link').waitFor();
  expect(await tab(titles.en).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  expect(await page.locator('[data-terminal]').isVisible()).toBe(true);
  expect(await page.locator('iframe').isVisible()).toBe(false);
  await page.context().close();
});

it('ends with its session', async () => {
  const page = await opened();
  await page.locator('[data-end]').click();
  await page.locator('dialog[open] button.primary').click();
  await page.locator('lab-session[data-phase=over]').waitFor();
  expect(await page.locator('iframe, [role=tab]').count()).toBe(0);
  await page.locator('lab-preview button').click();
  expect(await page.locator('[data-preview-note]').innerText()).toContain('Start one first');
  await page.context().close();
});

describe.each([
  ['light', 'en', { ...wide, colorScheme: 'light' }],
  ['dark', 'en', { ...wide, colorScheme: 'dark' }],
  ['ja', 'ja', wide],
  ['narrow', 'en', { viewport: { width: 390, height: 844 } }],
  ['narrow-ja', 'ja', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
] as const)('%s', (name, locale, options) => {
  it('is accessible while it waits and when it is open', async () => {
    const { page } = await server.live(browser, `/${locale}/${LESSON}/`, options);
    await page.getByRole('tab', { name: titles[locale] }).click();
    const frame = frameOf(page, titles[locale]);
    await frame.getByText('LAB_PREVIEW_ABSENT').waitFor();
    await page.screenshot({ path: join(ARTEFACTS, `preview-${name}-waiting.png`) });
    expect(await violationsOf(page, '#session-pane', WCAG)).toEqual([]);
    serve();
    await frame.getByRole('link').waitFor();
    await page.screenshot({ path: join(ARTEFACTS, `preview-${name}.png`) });
    expect(await violationsOf(page, '#session-pane', WCAG)).toEqual([]);
    await page.context().close();
  });
});
