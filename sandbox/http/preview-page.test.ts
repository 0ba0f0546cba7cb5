import { expect, it } from 'vitest';
import { LabError } from '../errors.ts';
import { previewPage } from './preview-page.ts';

it('reloads after a temporary error, and shows its code', () => {
  const page = previewPage(new LabError('LAB_PREVIEW_ABSENT', 'There is no Service web.'), 'en');
  expect(page).toContain('location.reload()');
  expect(page).toContain('LAB_PREVIEW_ABSENT');
  expect(page).toContain('There is no Service web.');
});

it('does not reload after a permanent error', () => {
  for (const code of ['LAB_PREVIEW_FORBIDDEN', 'LAB_SESSION_ENDED'] as const) {
    expect(previewPage(new LabError(code, 'So.'), 'en')).not.toContain('<script>');
  }
});

it('uses the language of the page that opened it, or English', () => {
  const error = new LabError('LAB_PREVIEW_NOT_READY', 'No pod is ready.');
  expect(previewPage(error, 'ja')).toContain('<html lang="ja">');
  expect(previewPage(error, 'ja')).toContain('準備');
  expect(previewPage(error, 'xx')).toContain('<html lang="en">');
});

it('escapes what it quotes', () => {
  const page = previewPage(new LabError('LAB_PREVIEW_SILENT', '<b>"&'), 'en');
  expect(page).toContain('&lt;b>&quot;&amp;');
});
