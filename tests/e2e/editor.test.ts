import { KubernetesObjectApi } from '@kubernetes/client-node';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';
import type { Sandbox } from '../../sandbox/provider.ts';
import { PaneServer } from '../../tools/support/pane-server.ts';
import { profileSchema } from '../../src/protocol/lab.ts';
import { RealProvider } from '../../tools/support/real-provider.ts';

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
const LESSON = 'concepts/nodes-pods-containers/';
const WIDE = { viewport: { width: 1440, height: 900 } };

/** A busy machine takes its time. */
const SOON = { timeout: 15_000, interval: 50 };
const server = new PaneServer();
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  mkdirSync(ARTEFACTS, { recursive: true });
  await server.start();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

const lab = (path: string) => join(server.lab, path);
const content = (path: string) => readFileSync(lab(path), 'utf8');

async function open(locale = 'en', options: BrowserContextOptions = WIDE): Promise<void> {
  page = (await server.live(browser, `/${locale}/${LESSON}`, options)).page;
  page.on('pageerror', (error) => complaints.push(String(error)));
}

async function openEditor(): Promise<void> {
  await page.locator('[data-part=editor] [data-part-toggle]').click();
  await page.locator('.bench-place').waitFor();
}

async function openFile(path: string, text?: string): Promise<void> {
  await page.evaluate(
    (detail) => document.dispatchEvent(new CustomEvent('lab:open-file', { detail })),
    { path, ...(text === undefined ? {} : { text }) },
  );
  await page.locator('.bench-file[aria-current]', { hasText: path }).waitFor();
}

/** Whether the browser would ask its user before the page is left. */
const asks = async () =>
  page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));

const shown = async () =>
  (await page.locator('.monaco-area .view-lines').first().innerText()).replaceAll('\u00a0', ' ');

async function accessible(): Promise<void> {
  expect(await violationsOf(page, '[data-part=editor]')).toEqual([]);
}

describe('the editor', () => {
  beforeEach(() => {
    writeFileSync(lab('web.yaml'), 'kind: Pod\n');
  });

  it('is loaded only when its part is opened', async () => {
    await open();
    const monaco = () =>
      page.evaluate(
        () =>
          performance.getEntriesByType('resource').filter(({ name }) => name.includes('monaco'))
            .length,
      );
    expect(await monaco()).toBe(0);
    const before = Date.now();
    await openEditor();
    await page.locator('.monaco-area .view-lines').first().waitFor();
    await expect.poll(shown, SOON).toContain('kind: Pod');
    console.log(`the editor stood after ${Date.now() - before} ms`);
    expect(await monaco()).toBeGreaterThan(0);
    await page.screenshot({ path: join(ARTEFACTS, 'editor-light.png') });
    await accessible();
  });

  it('saves with Ctrl+S, and shows what vim wrote', async () => {
    await page.locator('.monaco-area .view-lines').first().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('# mine');
    await page.locator('.bench-file .mark').waitFor();
    await page.keyboard.press('Control+s');
    await expect.poll(() => content('web.yaml'), SOON).toBe('kind: Pod\n# mine');
    writeFileSync(lab('web.yaml'), 'kind: Service\n');
    await expect.poll(shown, SOON).toContain('kind: Service');
    writeFileSync(lab('new.yaml'), 'kind: Job\n');
    await page.locator('.bench-file', { hasText: 'new.yaml' }).waitFor();
  });

  it('asks before a page is left with something unsaved', async () => {
    await open();
    await openEditor();
    await openFile('web.yaml');
    await page.locator('.monaco-area .view-lines').first().click();
    expect(await asks()).toBe(false);
    await page.keyboard.type('# unsaved ');
    await expect.poll(asks, SOON).toBe(true);
    await page.keyboard.press('Control+s');
    await expect.poll(asks, SOON).toBe(false);
  });

  it('gives the next session what was unsaved when one ended', async () => {
    await page.locator('.monaco-area .view-lines').first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# kept ');
    await page.locator('.bench-file .mark').waitFor();
    await page.locator('[data-end]').click();
    await page.locator('dialog[open] .primary').click();
    await page.locator('lab-session[data-phase=over]').waitFor();
    expect(await asks()).toBe(true);
    writeFileSync(lab('web.yaml'), 'kind: Fresh\n');
    await page.locator('[data-view] .primary').click();
    await page.locator('.bench-file[aria-current] .mark').waitFor();
    await expect.poll(shown, SOON).toContain('# kept ');
    expect(content('web.yaml')).toBe('kind: Fresh\n');
    await page.keyboard.press('Control+s');
  });

  it('loses neither side where both changed', async () => {
    await expect.poll(shown, SOON).toContain('kind: Pod');
    await page.locator('.monaco-area .view-lines').first().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('# unsaved');
    writeFileSync(lab('web.yaml'), 'kind: Theirs\n');
    await page.getByText('changed elsewhere').waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.locator('.monaco-diff-editor').waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(ARTEFACTS, 'editor-conflict.png') });
    await accessible();
    await page.getByRole('button', { name: 'Keep mine' }).click();
    expect(content('web.yaml')).toBe('kind: Theirs\n');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => content('web.yaml'), SOON).toContain('# unsaved');
  });

  it('writes a lesson’s file that is not there, and offers the lesson’s where it differs', async () => {
    await openFile('lesson.yaml', 'kind: Lesson\n');
    expect(content('lesson.yaml')).toBe('kind: Lesson\n');
    await openFile('web.yaml', 'kind: Lesson\n');
    await page.getByText('differs from the lesson').waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.locator('.monaco-diff-editor').waitFor();
    await page.getByRole('button', { name: 'Take the lesson’s' }).click();
    await expect.poll(shown, SOON).toContain('kind: Lesson');
    expect(content('web.yaml')).toBe('kind: Pod\n');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => content('web.yaml'), SOON).toBe('kind: Lesson\n');
  });

  it('makes and deletes files', async () => {
    await page.getByRole('button', { name: '+ New file' }).click();
    await page.keyboard.type('apps/fresh.yaml');
    await page.keyboard.press('Enter');
    await page.locator('.bench-file[aria-current]', { hasText: 'apps/fresh.yaml' }).waitFor();
    await page.keyboard.type('a: 1');
    await page.keyboard.press('Control+s');
    await expect.poll(() => content('apps/fresh.yaml'), SOON).toBe('a: 1');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.locator('.bench-notice').getByRole('button', { name: 'Delete' }).click();
    await expect
      .poll(async () => page.locator('.bench-file', { hasText: 'fresh' }).count(), SOON)
      .toBe(0);
    expect(() => content('apps/fresh.yaml')).toThrow();
  });

  it('lets the keyboard leave', async () => {
    await page.locator('.bench-file', { hasText: 'web.yaml' }).click();
    await page.locator('.monaco-area .view-lines').first().click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    const isInside = await page.evaluate(
      () => document.activeElement?.closest('.monaco-area') !== null,
    );
    expect(isInside).toBe(false);
  });

  it('is accessible in the dark', async () => {
    await page.locator('[data-theme-toggle]').click();
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(ARTEFACTS, 'editor-dark.png') });
    await accessible();
    await page.context().close();
  });

  it('is a plain field on a narrow screen, with the same files', async () => {
    await open('ja', { viewport: { width: 390, height: 844 }, colorScheme: 'light' });
    await openFile('web.yaml');
    const field = page.locator('.plain-area textarea');
    await expect.poll(async () => field.inputValue(), SOON).toBe('kind: Pod\n');
    await field.fill('kind: ポッド\n');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await expect.poll(() => content('web.yaml'), SOON).toBe('kind: ポッド\n');
    await page.screenshot({ path: join(ARTEFACTS, 'editor-narrow-ja.png') });
    await accessible();
    await page.context().close();
  });
});

describe('with a real cluster and workstation', () => {
  let provider: RealProvider;
  let sandbox: Sandbox;
  const signal = () => AbortSignal.timeout(20_000);
  const enter = async (command: string) =>
    sandbox.workstation.exec(['bash', '-c', command], { signal: signal() });

  beforeAll(async () => {
    provider = new RealProvider('editor');
    await provider.begin();
    sandbox = await provider.start(profileSchema.parse({ workers: 0 }));
    server.use(sandbox);
  });

  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  it('files are read, written and removed in the container, and changes are heard', async () => {
    const { files } = sandbox.workstation;
    const options = { signal: signal() };
    const text = 'a: ポッド\n'.repeat(5_000);
    const { version } = await files.write({ path: 'x/a.yaml', text }, 'none', options);
    expect(await files.read('x/a.yaml', options)).toEqual({ path: 'x/a.yaml', text, version });
    expect((await enter('stat -c %U:%a ~/lab/x/a.yaml')).output.trim()).toBe('learner:644');
    await enter('ln -s /etc/passwd ~/lab/leak; echo vim > ~/lab/x/a.yaml');
    await expect(files.read('leak', options)).rejects.toMatchObject({ code: 'LAB_FILE_OUTSIDE' });
    const late = files.write({ path: 'x/a.yaml', text }, version, options);
    await expect(late).rejects.toMatchObject({ code: 'LAB_FILE_CHANGED' });
    const told: string[][] = [];
    const end = new AbortController();
    const watching = files.watch((list) => told.push(list.files.map(({ path }) => path)), end);
    await expect.poll(() => told.length, SOON).toBe(1);
    await files.remove('leak', 'any', options);
    await expect.poll(() => told.at(-1), { timeout: 5_000 }).toEqual(['x', 'x/a.yaml']);
    end.abort();
    await watching.catch(() => undefined);
    // What watched has gone with its connection.
    await expect
      .poll(async () => (await enter('pgrep -cf "files [w]atch"')).output.trim(), {
        timeout: 8_000,
      })
      .toBe('0');
    await enter('rm -r ~/lab/x');
  });

  it('an unknown field is marked, and fields and kinds are completed', async () => {
    await open();
    const yaml =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replica: 2\n';
    const before = Date.now();
    await openFile('web.yaml', yaml);
    await page.locator('.squiggly-error').first().waitFor({ timeout: 15_000 });
    console.log(`an unknown field was marked after ${Date.now() - before} ms`);
    await page.locator('.monaco-area .view-lines').first().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('  stra');
    await page.keyboard.press('Control+Space');
    await page
      .locator('.suggest-widget .monaco-list-row', { hasText: 'strategy' })
      .first()
      .waitFor();
    await page.screenshot({ path: join(ARTEFACTS, 'editor-completion.png') });
    await page.keyboard.press('Escape');
  });

  it('a custom kind is known as soon as the cluster has it', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'toys.play.example' },
      spec: {
        group: 'play.example',
        scope: 'Namespaced',
        names: { kind: 'Toy', plural: 'toys' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', properties: { wheels: { type: 'integer' } } },
                },
              },
            },
          },
        ],
      },
    };
    await KubernetesObjectApi.makeApiClient(sandbox.cluster.kubeConfig).create(crd);
    await page.waitForTimeout(11_000);
    await openFile(
      'toy.yaml',
      'apiVersion: play.example/v1\nkind: Toy\nmetadata:\n  name: a\nspec:\n  wings: 2\n',
    );
    await page.locator('.squiggly-error').first().waitFor({ timeout: 15_000 });
    await page.context().close();
  });

  it('has no complaints from the browser', () => {
    expect(complaints).toEqual([]);
  });
});
