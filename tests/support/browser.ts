import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's wrapper script prints a warning; the program behind it does not. */
const CANDIDATES = ['/usr/lib/chromium/chromium', '/usr/bin/chromium', '/usr/bin/google-chrome'];

/** A real Chromium that talks to nobody but the site. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = CANDIDATES.find((path) => existsSync(path)) ?? process.env.CHROME_PATH;
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
    ],
  });
}
