import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../../sandbox/setup/find-browser.ts';

/** A real Chromium that connects only to the site. The caller closes it. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined)
    throw new Error('Run "npm test": it finds or installs Chromium.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...more,
    ],
  });
}
