import type { Browser, Page } from 'playwright-core';

const SESSION_MS = 90_000;
const OUTPUT_MS = 30_000;
const RUN_MS = 90_000;

/** A lesson's page as the learner sees it. The caller closes `page`. */
export class LessonPage {
  readonly page: Page;
  /** Errors that the browser logged: scripts, policy, requests. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, url: string): Promise<LessonPage> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const lesson = new LessonPage(await context.newPage());
    await lesson.page.goto(url);
    return lesson;
  }

  /** Starts a session with the pane's own button and waits for the terminal. */
  async start(): Promise<void> {
    await this.page.locator('[data-start]').click();
    await this.page.locator('lab-session[data-phase=starting]').waitFor();
    await this.live();
  }

  async live(): Promise<void> {
    await this.page.locator('lab-session[data-phase=live]').waitFor({ timeout: SESSION_MS });
    await this.shows(/\$ ?$/);
  }

  /** The text on the terminal's screen. */
  async screen(): Promise<string> {
    return this.page.locator('lab-terminal .xterm-rows').evaluate((rows) =>
      [...rows.children]
        .map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd())
        .join('\n')
        .trimEnd(),
    );
  }

  /** Resolves when the screen matches. */
  async shows(pattern: RegExp, ms = OUTPUT_MS): Promise<void> {
    const deadline = performance.now() + ms;
    for (;;) {
      const screen = await this.screen().catch(() => '');
      if (pattern.test(screen)) return;
      if (performance.now() > deadline) throw new Error(`no ${pattern} on the screen:\n${screen}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Types with the keyboard. */
  async type(text: string): Promise<void> {
    await this.page.locator('lab-terminal .xterm-helper-textarea').focus();
    await this.page.keyboard.type(text);
  }

  /** Types a line and Enter. */
  async enter(line: string): Promise<void> {
    await this.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** Clicks every Run button of a step, each when the one before has run to its end. */
  async runStep(step: string): Promise<void> {
    const buttons = this.page.locator(`[data-step="${step}"] [data-run]`);
    for (let i = 0; i < (await buttons.count()); i++) {
      const ran = this.page.evaluate(
        async (ms) =>
          new Promise<void>((resolve, reject) => {
            document.addEventListener('lab:ran', () => resolve(), { once: true });
            setTimeout(() => reject(new Error(`it did not run to its end in ${ms} ms`)), ms);
          }),
        RUN_MS,
      );
      await Promise.all([ran, buttons.nth(i).click()]);
      await this.shows(/\$ ?$/);
    }
  }

  /** Resolves when all checks of a step are ticked. */
  async passes(step: string, ms = 60_000): Promise<void> {
    const open = this.page.locator(`[data-step="${step}"] [data-check]:not([data-outcome=pass])`);
    const deadline = performance.now() + ms;
    while ((await open.count()) > 0) {
      if (performance.now() > deadline)
        throw new Error(`not passed: ${(await open.allInnerTexts()).join()}`);
      await this.page.waitForTimeout(100);
    }
  }
}
