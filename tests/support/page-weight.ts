import type { Browser, Page } from 'playwright-core';
import { gzipSync } from 'node:zlib';

/** How long a page may wait before it loads more. */
const IDLE_MS = 1_500;

/**
 * The script that a page loads before any interaction: gzip bytes by address. Inline script counts
 * under the page's own address.
 */
export async function scriptBeforeInteraction(
  browser: Browser,
  url: string,
): Promise<Map<string, number>> {
  const page = await browser.newPage();
  const coming: Promise<[string, Buffer]>[] = [];
  page.on('response', (response) => {
    if (!/javascript|wasm/.test(response.headers()['content-type'] ?? '')) return;
    coming.push(response.body().then((body) => [response.url(), body]));
  });
  try {
    await page.goto(url, { waitUntil: 'networkidle' });
    await page.waitForTimeout(IDLE_MS);
    await page.waitForLoadState('networkidle');
    const loaded = await Promise.all(coming);
    const inline = Buffer.from(await inlineScript(page));
    const all = inline.length === 0 ? loaded : [...loaded, [url, inline] as const];
    return new Map(
      all.map(([from, body]) => [new URL(from).pathname, gzipSync(body, { level: 9 }).length]),
    );
  } finally {
    await page.close();
  }
}

async function inlineScript(page: Page): Promise<string> {
  const texts = await page
    .locator('script:not([src])')
    .evaluateAll((scripts) =>
      scripts
        .filter((script) => !/json|text/.test(script.getAttribute('type') ?? ''))
        .map((script) => script.textContent),
    );
  return texts.join('\n');
}
