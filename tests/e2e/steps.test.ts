import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';
import { LessonPage } from '../support/lesson-page.ts';
import { ServerProcess } from '../../tools/support/server-process.ts';

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
const PATH = '/en/concepts/nodes-pods-containers/';
const LATER_MS = 120_000;

const server = new ServerProcess();
let browser: Browser;
let lesson: LessonPage;

const step = (id: string): Locator => lesson.page.locator(`[data-step="${id}"]`);

beforeAll(async () => {
  await (await server.start({ KINDLAB_POOL_MAX: '0' })).ready();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.end('SIGINT');
  await server[Symbol.asyncDispose]();
});

describe('a lesson at a later step', () => {
  beforeAll(async () => {
    lesson = await LessonPage.open(browser, `${server.origin}${PATH}?at=look-inside`);
  });

  afterAll(async () => {
    await lesson.page.screenshot({ path: join(ARTEFACTS, 'en-steps-last.png') });
    await lesson.page.context().close();
  });

  it('offers a cluster that is ready for the step, and starts it', async () => {
    expect(await step('look-inside').locator('h2').isVisible()).toBe(true);
    await lesson.page.locator('[data-start-at]').click();
    await lesson.page.locator('.stages li').last().waitFor();
    await lesson.page.screenshot({ path: join(ARTEFACTS, 'en-steps-before.png') });
    await lesson.page.locator('lab-session[data-phase=live]').waitFor({ timeout: LATER_MS });
    await lesson.shows(/\$ ?$/);
    await lesson.passes('six-pods');
  });

  it('shows a run’s output below its block, and marks the block as run', async () => {
    const block = step('look-inside').locator('lab-code.runnable').first();
    const output = step('look-inside').locator('lab-output').first();
    await block.locator('[data-run]').click();
    await output.and(lesson.page.locator('.yours')).waitFor();
    expect(await output.locator('pre').innerText()).toMatch(/IP +NOTE\n(10\.244\.\S+) +\1$/);
    expect(await block.getAttribute('class')).toContain('has-run');
  });

  it('runs the solution of a step on request', async () => {
    await step('two-containers').locator('[data-solve]').click();
    await lesson.passes('two-containers');
    const outputs = step('two-containers').locator('lab-output.yours');
    await expect.poll(async () => outputs.count(), { timeout: 30_000 }).toBe(1);
  });

  it('remembers after a reload which blocks ran, and skips them', async () => {
    const ran = async () =>
      lesson.page
        .locator('lab-code')
        .evaluateAll((blocks) => blocks.map(({ classList }) => classList.contains('has-run')));
    const before = await ran();
    expect(before).toContain(true);
    expect(before).toContain(false);
    await lesson.page.reload();
    await lesson.live();
    await expect.poll(ran, { timeout: 10_000 }).toEqual(before);
  });

  it('opens a file of the lesson in the editor', async () => {
    await step('two-containers').locator('[data-edit]').click();
    const file = lesson.page.locator('.bench-file[aria-current]', { hasText: 'pair.yaml' });
    await file.waitFor({ timeout: 30_000 });
  });

  it('replaces the cluster by one at another step, after asking', async () => {
    await step('first-pod').locator('[data-goto]').click();
    await lesson.page.locator('dialog[open] .primary').click();
    await lesson.page.locator('lab-session[data-phase=starting]').waitFor({ timeout: 60_000 });
    await lesson.live();
    await lesson.enter('clear; kubectl get deployments,pods');
    await lesson.shows(/No resources found/);
    await expect.poll(async () => (await server.status()).sessions.active).toBe(1);
  });

  it('logs no errors and is accessible', async () => {
    expect(lesson.complaints).toEqual([]);
    expect(await violationsOf(lesson.page)).toEqual([]);
  });
});

describe('without a session', () => {
  beforeAll(async () => {
    lesson = await LessonPage.open(browser, `${server.origin}${PATH}`);
  });

  afterAll(async () => lesson.page.context().close());

  it('plays a recording in place of its text, then restores the text', async () => {
    const output = step('six-pods').locator('lab-output').first();
    const text = await output.locator('pre').innerText();
    expect(text).toContain('pod "hello" deleted');
    await output.locator('[data-replay]').click();
    await output.locator('.xterm-rows').waitFor();
    await expect
      .poll(async () => output.locator('.xterm-rows').innerText(), { timeout: 15_000 })
      .toContain('No resources found');
    await output.locator('[data-replay]').click();
    await expect.poll(async () => output.locator('pre').isVisible()).toBe(true);
    expect(await output.locator('pre').innerText()).toBe(text);
  });

  it('says so when its code cannot be loaded', async () => {
    const { page } = await LessonPage.open(browser, `${server.origin}${PATH}`);
    await page.route(/session-client|search-dialog/, async (route) => route.abort());
    await page.locator('[data-start]').click();
    await expect
      .poll(async () => page.locator('[data-note]').innerText())
      .toMatch(/Reload the page/);
    await page.locator('[data-search-open]').click();
    await expect
      .poll(async () => page.locator('[data-search-note]').innerText())
      .toMatch(/could not be loaded/);
    await page.context().close();
  });

  it('shows where and when it was proven', async () => {
    expect(await lesson.page.locator('.proven').innerText()).toMatch(/Kubernetes v1\.\d+\.\d+/);
  });

  it('logs no errors', () => {
    expect(lesson.complaints).toEqual([]);
  });
});
