import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { close } from 'pagefind';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { locales } from '../i18n/locale.ts';
import { writeIndex } from './search-index.ts';

afterAll(close);

it('writes every file of the index before it resolves', async () => {
  const dist = mkdtempSync(join(tmpdir(), 'kindlab-index-'));
  onTestFinished(() => rmSync(dist, { recursive: true }));
  for (const locale of locales) {
    mkdirSync(join(dist, locale));
    const page = `<html lang="${locale}"><body><h1>Pods</h1><p>kubectl get pods</p></body></html>`;
    writeFileSync(join(dist, locale, 'index.html'), page);
  }
  expect(await writeIndex(dist)).toBe(locales.length);
  const entry = JSON.parse(readFileSync(join(dist, 'pagefind/pagefind-entry.json'), 'utf8')) as {
    languages: Record<string, { hash: string; page_count: number }>;
  };
  expect(Object.keys(entry.languages).sort()).toEqual([...locales].sort());
  for (const { hash } of Object.values(entry.languages)) {
    expect(readFileSync(join(dist, `pagefind/pagefind.${hash}.pf_meta`)).length).toBeGreaterThan(0);
  }
});
