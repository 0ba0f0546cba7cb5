import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  const context = await browser.newContext();
  page = await context.newPage();
  return async () => context.close();
});

async function show(style: string): Promise<void> {
  await page.setContent(
    `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1><p style="${style}">Its text</p></main>`,
  );
}

describe('the accessibility check of a page', () => {
  it('reports text with too little contrast', async () => {
    await show('color: #bbb');
    expect(await violationsOf(page)).toEqual([
      'color-contrast: <p style="color: #bbb">Its text</p>',
    ]);
  });

  it('does not report text that fades in', async () => {
    await show('color: #000');
    // As the map does, which also changes meanwhile.
    await page.evaluate(() => {
      const comeIn = () => {
        if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
        document.querySelector('p')?.animate([{ opacity: 0.35 }, { opacity: 0.4 }], 2_000);
      };
      comeIn();
      setInterval(comeIn, 100);
    });
    expect(await violationsOf(page)).toEqual([]);
  });

  it('checks only the named part', async () => {
    await show('color: #bbb');
    expect(await violationsOf(page, 'h1')).toEqual([]);
  });
});
