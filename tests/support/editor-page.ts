import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../../tools/support/browser.ts';
import { PaneServer } from '../../tools/support/pane-server.ts';
import { violationsOf } from './accessibility.ts';

const ARTEFACTS = join(import.meta.dirname, '../e2e/artefacts');
const LESSON = 'concepts/nodes-pods-containers/';
const WIDE = { viewport: { width: 1440, height: 900 } };

/** A busy machine takes its time. */
export const SOON = { timeout: 15_000, interval: 50 };

/** A lesson with a session, in a real browser, for tests of its editor. */
export class EditorPage implements AsyncDisposable {
  readonly server: PaneServer;
  /** Errors that the pages have thrown. */
  readonly errors: string[] = [];
  readonly #browser: Browser;
  #page: Page | undefined;

  private constructor(server: PaneServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async launch(): Promise<EditorPage> {
    mkdirSync(ARTEFACTS, { recursive: true });
    const server = new PaneServer();
    await server.start();
    return new EditorPage(server, await launchBrowser());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.server[Symbol.asyncDispose]();
  }

  /** The page that was opened last. */
  get page(): Page {
    if (this.#page === undefined) throw new Error('No page is open.');
    return this.#page;
  }

  async open(locale = 'en', options: BrowserContextOptions = WIDE): Promise<void> {
    const { page } = await this.server.live(this.#browser, `/${locale}/${LESSON}`, options);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    this.#page = page;
  }

  /** Where a file of `~/lab` is on this machine. */
  path(file: string): string {
    return join(this.server.lab, file);
  }

  content(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  async openEditor(): Promise<void> {
    await this.page.locator('[data-part=editor] [data-part-toggle]').click();
    await this.page.locator('.bench-place').waitFor();
  }

  /** Opens a file, as a block of the lesson does. `text` is the lesson's version. */
  async openFile(path: string, text?: string): Promise<void> {
    await this.page.evaluate(
      (detail) => document.dispatchEvent(new CustomEvent('lab:open-file', { detail })),
      { path, ...(text === undefined ? {} : { text }) },
    );
    await this.page.locator('.bench-file[aria-current]', { hasText: path }).waitFor();
  }

  async focusText(): Promise<void> {
    await this.page.locator('.monaco-area .view-lines').first().click();
  }

  /** The text in the editor. */
  async text(): Promise<string> {
    const lines = this.page.locator('.monaco-area .view-lines').first();
    return (await lines.innerText()).replaceAll('\u00a0', ' ');
  }

  /** Whether the browser would ask before the page is left. */
  async asksBeforeLeaving(): Promise<boolean> {
    return this.page.evaluate(
      () => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })),
    );
  }

  async violations(): Promise<string[]> {
    return violationsOf(this.page, '[data-part=editor]');
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`) });
  }
}
