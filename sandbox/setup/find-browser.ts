import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { aptInstall } from '../providers/docker/preparation/install-engine.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PACKAGES = ['chromium', 'fonts-noto-cjk'];

/** The command that installs what the browser tests need. */
export const BROWSER_COMMAND = `apt-get install -y ${PACKAGES.join(' ')}`;

/**
 * A Chromium on this machine: from CHROME_PATH, Debian's own folder (its wrapper on the PATH prints
 * warnings), or the PATH.
 */
export function findBrowser(
  env: NodeJS.ProcessEnv = process.env,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  if (env.CHROME_PATH) return env.CHROME_PATH;
  const folders = ['/usr/lib/chromium', ...(env.PATH ?? '').split(delimiter), '/usr/bin'];
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => exists(path));
}

/**
 * Finds a Chromium, or installs Debian's as root. Resolves with `undefined` when neither is
 * possible.
 */
export async function ensureBrowser(signal: AbortSignal): Promise<string | undefined> {
  const found = findBrowser();
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return found;
  }
  console.log(`Chromium is missing. Installing it: ${BROWSER_COMMAND}`);
  await aptInstall(PACKAGES, { signal });
  return findBrowser();
}
