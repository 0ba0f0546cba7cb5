import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EditorPage, SOON } from '../support/editor-page.ts';

let editor: EditorPage;

beforeAll(async () => {
  editor = await EditorPage.launch();
});

afterAll(async () => {
  await editor[Symbol.asyncDispose]();
});

describe('the editor', () => {
  beforeEach(() => {
    writeFileSync(editor.path('web.yaml'), 'kind: Pod\n');
  });

  it('loads only when its part is opened', async () => {
    await editor.open();
    const monaco = () =>
      editor.page.evaluate(
        () =>
          performance.getEntriesByType('resource').filter(({ name }) => name.includes('monaco'))
            .length,
      );
    expect(await monaco()).toBe(0);
    const before = Date.now();
    await editor.openEditor();
    await editor.page.locator('.monaco-area .view-lines').first().waitFor();
    await expect.poll(async () => editor.text(), SOON).toContain('kind: Pod');
    console.log(`the editor appeared after ${Date.now() - before} ms`);
    expect(await monaco()).toBeGreaterThan(0);
    await editor.screenshot('editor-light');
    expect(await editor.violations()).toEqual([]);
  });

  it('saves with Ctrl+S and shows what vim writes', async () => {
    await editor.focusText();
    await editor.page.keyboard.press('Control+End');
    await editor.page.keyboard.type('# mine');
    await editor.page.locator('.bench-file .mark').waitFor();
    await editor.page.keyboard.press('Control+s');
    await expect.poll(() => editor.content('web.yaml'), SOON).toBe('kind: Pod\n# mine');
    writeFileSync(editor.path('web.yaml'), 'kind: Service\n');
    await expect.poll(async () => editor.text(), SOON).toContain('kind: Service');
    writeFileSync(editor.path('new.yaml'), 'kind: Job\n');
    await editor.page.locator('.bench-file', { hasText: 'new.yaml' }).waitFor();
  });

  it('makes the browser ask before a page with unsaved changes is left', async () => {
    await editor.open();
    await editor.openEditor();
    await editor.openFile('web.yaml');
    await editor.focusText();
    expect(await editor.asksBeforeLeaving()).toBe(false);
    await editor.page.keyboard.type('# unsaved ');
    await expect.poll(async () => editor.asksBeforeLeaving(), SOON).toBe(true);
    await editor.page.keyboard.press('Control+s');
    await expect.poll(async () => editor.asksBeforeLeaving(), SOON).toBe(false);
  });

  it('keeps unsaved text for the next session', async () => {
    await editor.focusText();
    await editor.page.keyboard.press('Control+Home');
    await editor.page.keyboard.type('# kept ');
    await editor.page.locator('.bench-file .mark').waitFor();
    await editor.page.locator('[data-end]').click();
    await editor.page.locator('dialog[open] .primary').click();
    await editor.page.locator('lab-session[data-phase=over]').waitFor();
    expect(await editor.asksBeforeLeaving()).toBe(true);
    writeFileSync(editor.path('web.yaml'), 'kind: Fresh\n');
    await editor.page.locator('[data-view] .primary').click();
    await editor.page.locator('.bench-file[aria-current] .mark').waitFor();
    await expect.poll(async () => editor.text(), SOON).toContain('# kept ');
    expect(editor.content('web.yaml')).toBe('kind: Fresh\n');
    await editor.page.keyboard.press('Control+s');
  });

  it('loses neither version when both sides changed a file', async () => {
    await expect.poll(async () => editor.text(), SOON).toContain('kind: Pod');
    await editor.focusText();
    await editor.page.keyboard.press('Control+End');
    await editor.page.keyboard.type('# unsaved');
    writeFileSync(editor.path('web.yaml'), 'kind: Theirs\n');
    await editor.page.getByText('changed elsewhere').waitFor();
    await editor.page.getByRole('button', { name: 'Compare' }).click();
    await editor.page.locator('.monaco-diff-editor').waitFor();
    await editor.page.waitForTimeout(500);
    await editor.screenshot('editor-conflict');
    expect(await editor.violations()).toEqual([]);
    await editor.page.getByRole('button', { name: 'Keep mine' }).click();
    expect(editor.content('web.yaml')).toBe('kind: Theirs\n');
    await editor.page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => editor.content('web.yaml'), SOON).toContain('# unsaved');
  });

  it('writes a missing file of the lesson and offers the lesson’s version of a different one', async () => {
    await editor.openFile('lesson.yaml', 'kind: Lesson\n');
    expect(editor.content('lesson.yaml')).toBe('kind: Lesson\n');
    await editor.openFile('web.yaml', 'kind: Lesson\n');
    await editor.page.getByText('differs from the lesson').waitFor();
    await editor.page.getByRole('button', { name: 'Compare' }).click();
    await editor.page.locator('.monaco-diff-editor').waitFor();
    await editor.page.getByRole('button', { name: 'Take the lesson’s' }).click();
    await expect.poll(async () => editor.text(), SOON).toContain('kind: Lesson');
    expect(editor.content('web.yaml')).toBe('kind: Pod\n');
    await editor.page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(() => editor.content('web.yaml'), SOON).toBe('kind: Lesson\n');
  });

  it('creates and deletes files', async () => {
    await editor.page.getByRole('button', { name: '+ New file' }).click();
    await editor.page.keyboard.type('apps/fresh.yaml');
    await editor.page.keyboard.press('Enter');
    await editor.page
      .locator('.bench-file[aria-current]', { hasText: 'apps/fresh.yaml' })
      .waitFor();
    await editor.page.keyboard.type('a: 1');
    await editor.page.keyboard.press('Control+s');
    await expect.poll(() => editor.content('apps/fresh.yaml'), SOON).toBe('a: 1');
    await editor.page.getByRole('button', { name: 'Delete' }).click();
    await editor.page.locator('.bench-notice').getByRole('button', { name: 'Delete' }).click();
    await expect
      .poll(async () => editor.page.locator('.bench-file', { hasText: 'fresh' }).count(), SOON)
      .toBe(0);
    expect(() => editor.content('apps/fresh.yaml')).toThrow();
  });

  it('lets the keyboard leave it', async () => {
    await editor.page.locator('.bench-file', { hasText: 'web.yaml' }).click();
    await editor.focusText();
    await editor.page.keyboard.press('Escape');
    await editor.page.keyboard.press('Tab');
    const isInside = await editor.page.evaluate(
      () => document.activeElement?.closest('.monaco-area') !== null,
    );
    expect(isInside).toBe(false);
  });

  it('is accessible in the dark theme', async () => {
    await editor.page.locator('[data-theme-toggle]').click();
    await editor.page.waitForTimeout(500);
    await editor.screenshot('editor-dark');
    expect(await editor.violations()).toEqual([]);
    await editor.page.context().close();
  });

  it('is a plain text field on a narrow screen', async () => {
    await editor.open('ja', { viewport: { width: 390, height: 844 }, colorScheme: 'light' });
    await editor.openFile('web.yaml');
    const field = editor.page.locator('.plain-area textarea');
    await expect.poll(async () => field.inputValue(), SOON).toBe('kind: Pod\n');
    await field.fill('kind: ポッド\n');
    await editor.page.getByRole('button', { name: '保存', exact: true }).click();
    await expect.poll(() => editor.content('web.yaml'), SOON).toBe('kind: ポッド\n');
    await editor.screenshot('editor-narrow-ja');
    expect(await editor.violations()).toEqual([]);
    await editor.page.context().close();
  });

  it('throws no errors in the browser', () => {
    expect(editor.errors).toEqual([]);
  });
});
