import type { KubeConfig } from '@kubernetes/client-node';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Sandbox } from '../../sandbox/provider.ts';
import type { ClusterChange } from '../../src/protocol/events.ts';
import { labSchema, type Preview } from '../../src/protocol/lab.ts';
import { TestServer } from './test-server.ts';

const DIST = join(import.meta.dirname, '../../dist');

/** A lesson's page with a session. */
export interface LivePage {
  page: Page;
  /** Sends events of the session's cluster, over the same stream as a real one. */
  emit: (changes: ClusterChange[]) => void;
}

/** What an author writes for a preview. */
export interface LessonPreview {
  id: string;
  /** By locale. */
  titles: Record<string, string>;
  preview: Preview;
}

/**
 * The built site over a fake sandbox, whose cluster reports what a test wants. Needs `npm run
 * build`.
 */
export class PaneServer implements AsyncDisposable {
  readonly #server = new TestServer();
  origin = '';

  async start(): Promise<this> {
    cpSync(DIST, this.#server.dist, { recursive: true });
    this.#server.limit = 20;
    await this.#server.start();
    await this.#server.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = this.#server.app.server.address() as AddressInfo;
    this.origin = `http://127.0.0.1:${port}`;
    return this;
  }

  /** Opens a lesson and starts a session there. The caller closes the page's context. */
  async live(browser: Browser, path: string, options: BrowserContextOptions): Promise<LivePage> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(this.origin + path);
    const answer = page.waitForResponse(
      (response) => response.url().endsWith('/api/sessions') && response.status() < 300,
    );
    await page.evaluate(() => document.dispatchEvent(new CustomEvent('lab:start', { detail: {} })));
    const { id } = (await (await answer).json()) as { id: string };
    await page.locator('lab-session[data-phase=live]').waitFor();
    const [cookie] = await context.cookies();
    const session = this.#server.sessions.get(id, cookie?.value);
    // The page misses events from before it listens.
    await page.waitForTimeout(300);
    return {
      page,
      emit: (changes) => {
        for (const change of changes) session.events.emit('cluster', change);
      },
    };
  }

  /** The `~/lab` of every session. */
  get lab(): string {
    return this.#server.lab;
  }

  /** Gives new sessions the files and the cluster API of a real sandbox. */
  use({ cluster, workstation }: Pick<Sandbox, 'cluster' | 'workstation'>): void {
    this.#server.provider.kubeConfig = cluster.kubeConfig;
    this.#server.provider.files = workstation.files;
  }

  /** Adds a preview to a lesson in every language, as `<Preview>` does. */
  addPreview(lesson: string, { id, titles, preview }: LessonPreview): void {
    const { dist } = this.#server;
    const file = join(dist, 'labs', `${lesson}.json`);
    const lab = labSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    lab.previews[id] = preview;
    writeFileSync(file, JSON.stringify(lab));
    for (const [locale, title] of Object.entries(titles)) {
      const page = join(dist, locale, lesson, 'index.html');
      const html = readFileSync(page, 'utf8');
      const markup = `<lab-preview class="preview" data-preview="${id}" data-title="${title}">
        <p><strong>${title}</strong></p><button type="button" class="button needs-js" data-open-preview>${title}</button>
        <p class="note needs-js" data-preview-note role="status"></p></lab-preview>`;
      writeFileSync(page, html.replace('</article>', `${markup}</article>`));
    }
  }

  /** Gives new sessions a cluster with this API. */
  useApi(kubeConfig: KubeConfig): void {
    this.#server.provider.kubeConfig = kubeConfig;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
