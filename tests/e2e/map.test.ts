import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rollout } from '../../src/islands/map/synthetic.ts';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';
import { framesOfRollout } from '../../tools/support/map-frames.ts';
import { PaneServer } from '../../tools/support/pane-server.ts';

const LESSON = '/en/concepts/nodes-pods-containers/';
const PODS = 60;

const server = new PaneServer();
let browser: Browser;

beforeAll(async () => {
  await server.start();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

it('follows a rollout of sixty pods on the map, accessibly', async () => {
  const live = await server.live(browser, LESSON, { viewport: { width: 1440, height: 900 } });
  const { page } = live;
  const gaps = await framesOfRollout(live, PODS);
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  const worst = Math.max(...gaps);
  console.log(
    `${gaps.length} frames in ${seconds.toFixed(2)} s, the longest ${worst.toFixed(0)} ms`,
  );
  await expect.poll(async () => page.locator('.map-pod').count()).toBe(PODS);
  expect(await page.locator('.map-node[data-compact]').count()).toBe(2);
  expect(await violationsOf(page, '#session-pane')).toEqual([]);
  await page.context().close();
});

it('collapses and resizes parts by keyboard, and remembers them after a reload', async () => {
  const { page, emit } = await server.live(browser, LESSON, {
    viewport: { width: 1440, height: 900 },
  });
  emit(rollout(2).slice(0, 1));
  const separator = page.locator('[data-split=map]');
  await separator.focus();
  const before = Number(await separator.getAttribute('aria-valuenow'));
  await page.keyboard.press('ArrowDown');
  expect(Number(await separator.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
  await page.locator('[data-part=map] [data-part-toggle]').press('Enter');
  expect(await page.locator('lab-map').isVisible()).toBe(false);
  await page.reload();
  await page.locator('[data-part=map] [data-part-toggle][aria-expanded=false]').waitFor();
  await page.keyboard.press('Alt+Shift+Enter');
  expect(await page.locator('main').isVisible()).toBe(false);
  await page.context().close();
});
