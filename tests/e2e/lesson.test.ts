import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileLab } from '../../src/lessons/compile-lab.ts';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser } from '../../tools/support/browser.ts';
import { LessonPage } from '../support/lesson-page.ts';
import { ServerProcess } from '../../tools/support/server-process.ts';

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
const PATH = 'concepts/nodes-pods-containers';

const server = new ServerProcess();
let browser: Browser;

beforeAll(async () => {
  mkdirSync(ARTEFACTS, { recursive: true });
  // No pool, so that each start shows its stages.
  await (await server.start({ KINDLAB_POOL_MAX: '0' })).ready();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.end('SIGINT');
  const left = await server.belongings();
  await server[Symbol.asyncDispose]();
  expect(left).toEqual([]);
});

describe.each(['en', 'ja'])('the lesson in %s', (locale) => {
  let lesson: LessonPage;
  const shot = async (name: string): Promise<void> => {
    await lesson.page.screenshot({ path: join(ARTEFACTS, `${locale}-${name}.png`) });
  };

  beforeAll(async () => {
    lesson = await LessonPage.open(browser, `${server.origin}/${locale}/${PATH}/`);
  });

  afterAll(async () => {
    await shot('last');
    await lesson.page.context().close();
  });

  it('starts a session, shows its stages, and gives a prompt', async () => {
    await lesson.start();
    await shot('live');
  });

  it('accepts typing, including wide characters', async () => {
    await lesson.enter('kubectl get nodes');
    await lesson.shows(/worker2 +Ready/);
    await lesson.enter('echo ポッド-$((40+2))-完了');
    await lesson.shows(/^ポッド-42-完了/m);
  });

  it('shows what a failing check saw, and the event that explains it', async () => {
    await lesson.enter('kubectl run hello --image=kindlab/wep:1');
    const check = lesson.page.locator('[data-step="first-pod"] [data-check="hello-running"]');
    const evidence = check.and(lesson.page.locator('[data-outcome=fail]')).locator('details');
    await evidence.evaluate((details: HTMLDetailsElement) => (details.open = true));
    await evidence.getByText('kindlab/wep:1').first().waitFor();
    await check.evaluate((element) =>
      element.scrollIntoView({ block: 'center', behavior: 'instant' }),
    );
    await shot('failing');
    await lesson.enter('clear; kubectl delete pod hello --now');
    await lesson.shows(/deleted/);
  });

  it('ticks every check when the blocks run by their buttons', async () => {
    const { steps } = await compileLab(PATH);
    for (const step of steps) {
      await lesson.runStep(step.id);
      await lesson.passes(step.id);
    }
    await shot('done');
  }, 300_000);

  it('shows the cluster on the map', async () => {
    const text = await lesson.page.locator('lab-map').innerText();
    for (const node of ['control-plane', 'worker', 'worker2']) expect(text).toContain(node);
    expect(text).toContain('pair');
  });

  it('resumes its shell after a reload in the middle of a command', async () => {
    await lesson.enter('clear; kept=yes; for i in $(seq 60); do echo line-$i; sleep 0.05; done');
    await lesson.shows(/line-10\b/);
    await lesson.page.reload();
    await lesson.shows(/line-60/);
    const lines = (await lesson.screen()).match(/line-\d+/g) ?? [];
    // The screen shows the last of them: each once, in order.
    const first = Number(lines[0]?.slice(5));
    expect(lines).toEqual(Array.from(lines, (_, i) => `line-${first + i}`));
    await lesson.enter('echo still:$kept');
    await lesson.shows(/^still:yes/m);
  });

  it('logs no errors in the browser', () => {
    expect(lesson.complaints).toEqual([]);
  });

  it('is accessible with everything open', async () => {
    expect(await violationsOf(lesson.page)).toEqual([]);
  });

  it('ends the session on request, and removes all of it', async () => {
    await lesson.page.locator('[data-end]').click();
    await lesson.page
      .locator('dialog[open] button.primary, dialog[open] button.danger')
      .first()
      .click();
    await lesson.page.locator('lab-session[data-phase=over]').waitFor({ timeout: 30_000 });
    await expect.poll(async () => (await server.status()).sessions.active).toBe(0);
    await shot('over');
  });
});

describe('a lesson with a warm sandbox', () => {
  const warm = new ServerProcess();

  beforeAll(async () => {
    await (await warm.start({ KINDLAB_FREEZE_SECONDS: '10' })).ready();
    await vi.waitUntil(async () => (await warm.status()).sessions.warm === 1, {
      timeout: 120_000,
      interval: 200,
    });
  });

  afterAll(async () => warm[Symbol.asyncDispose]());

  it('starts at once, and wakes a frozen session at a key', async () => {
    const lesson = await LessonPage.open(browser, `${warm.origin}/en/${PATH}/`);
    await lesson.page.locator('[data-start]').click();
    await lesson.live();
    expect(await lesson.page.locator('lab-session .stages').count()).toBe(0);
    await lesson.page.getByText('asleep until you type').waitFor({ timeout: 60_000 });
    await lesson.page.screenshot({ path: join(ARTEFACTS, 'en-asleep.png') });
    // The page keeps checking the terminal's connection, which alone must not wake it.
    const end = Date.now() + 40_000;
    while (Date.now() < end) {
      expect(await lesson.page.getByText('asleep until you type').count()).toBe(1);
      await delay(1_000);
    }
    await lesson.enter('kubectl get nodes');
    await lesson.shows(/worker2 +Ready/);
    await expect.poll(async () => lesson.page.getByText('asleep until').count()).toBe(0);
    await lesson.page.context().close();
  });
});

describe('the terminal', () => {
  let lesson: LessonPage;

  beforeAll(async () => {
    lesson = await LessonPage.open(browser, `${server.origin}/en/${PATH}/`);
    await lesson.start();
    await lesson.enter('kubectl create deployment web --image=kindlab/web:1 --replicas=2');
    await lesson.enter('kubectl rollout status deployment web; clear');
    await lesson.shows(/^\S* ?\$ ?$/);
  });

  afterAll(async () => lesson.page.context().close());

  it('restores the screen after vim', async () => {
    await lesson.enter('vim note.txt');
    // Not the command line, which contains the name too.
    await lesson.shows(/"note\.txt"/);
    await lesson.type('iこんにちは pod');
    await lesson.page.keyboard.press('Escape');
    await lesson.enter(':wq');
    // vim would read what is typed while it ends.
    await lesson.shows(/vim note\.txt\n\S* ?\$ ?$/);
    await lesson.enter('clear; cat note.txt');
    await lesson.shows(/^こんにちは pod/m);
  });

  it('runs full-screen programs', async () => {
    await lesson.enter('htop');
    await lesson.shows(/Load average/);
    await lesson.type('q');
    await lesson.shows(/\$ ?$/);
  });

  it('runs kubectl exec, logs -f and port-forward', async () => {
    await lesson.enter('clear; kubectl exec -it deploy/web -- sh');
    // BusyBox queries the cursor at its prompt. Ending it before the answer arrives would leave
    // that to bash, as text.
    await lesson.shows(/^\/ # ?$/m);
    await lesson.enter('hostname; exit');
    await lesson.shows(/^web-\w+-\w+\n~\S* \$ ?$/m);
    await lesson.enter(
      'clear; kubectl port-forward deploy/web 8080 > /dev/null & until curl -s localhost:8080; do sleep 0.2; done; kill %1',
    );
    await lesson.shows(/^pod: web-/m);
    await lesson.enter('clear; kubectl logs -f deploy/web');
    await lesson.shows(/listens on/);
    await lesson.page.keyboard.press('Control+c');
    await lesson.shows(/\^C\s*~\S* \$ ?$/);
  });

  it('has completion and the alias k', async () => {
    await lesson.type('clear; k get deploym');
    await lesson.page.keyboard.press('Tab');
    await lesson.shows(/k get deployments/);
    await lesson.page.keyboard.press('Enter');
    await lesson.shows(/^web +2\/2/m);
  });

  it('stops a flood at Ctrl-C', async () => {
    await lesson.enter('clear; yes');
    await lesson.shows(/y\ny\ny/);
    await lesson.page.keyboard.press('Control+c');
    await lesson.shows(/\^C\s*~\S* \$ ?$/, 3_000);
  });

  it('lets the keyboard leave', async () => {
    await lesson.type('');
    await lesson.page.keyboard.press('Escape');
    await lesson.page.keyboard.press('Tab');
    const inside = await lesson.page.evaluate(
      () => document.activeElement?.closest('.terminal-screen') !== null,
    );
    expect(inside).toBe(false);
  });

  it('copies and pastes', async () => {
    const { page } = lesson;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate(async () => navigator.clipboard.writeText('echo pasted-$((1+1))\n'));
    await lesson.enter('clear');
    await page.keyboard.press('Control+Shift+V');
    await lesson.shows(/echo pasted/);
    await page.keyboard.press('Enter');
    await lesson.shows(/^pasted-2/m);
  });
});

describe('a lesson without a session', () => {
  it('is complete without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.origin}/en/${PATH}/`);
    const { steps } = await compileLab(PATH);
    const text = await page.locator('main').innerText();
    for (const step of steps) {
      // A block with a file shows it without the command that writes it.
      for (const block of step.solution) expect(text).toContain(block.split('\n').at(-2) ?? block);
    }
    expect(await page.locator('[data-start]').isVisible()).toBe(false);
    await context.close();
  });

  it.each([
    ['light', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }],
    ['narrow', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
  ] as const)('is accessible, %s', async (name, options) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    for (const [page_, path] of [
      ['start', '/en/'],
      ['start-ja', '/ja/'],
      ['lesson', `/en/${PATH}/`],
      ['lesson-ja', `/ja/${PATH}/`],
    ] as const) {
      await page.goto(server.origin + path);
      await page.screenshot({ path: join(ARTEFACTS, `${name}-${page_}.png`) });
      const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(width).toBeLessThanOrEqual(0);
      expect(await violationsOf(page)).toEqual([]);
    }
    await context.close();
  });
});
