import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { toLabError } from '../errors.ts';
import { projectRoot } from '../images/build/files.ts';
import { interruption } from '../interruption.ts';
import { BROWSER_COMMAND, ensureBrowser } from './find-browser.ts';
import { prepareAtTerminal } from './prepare-at-terminal.ts';
import type { PreparedEngine } from '../providers/docker/preparation/prepare-images.ts';
import { buildSite } from './site.ts';
import { addTallies, readTally, type Tally, tallyLine } from './tally.ts';

/**
 * `npm test [-- FILE…]`: the set-up of `npm start`, then all tests, or the real ones in these
 * files. The last line says how many passed.
 */
async function main(files: readonly string[], signal: AbortSignal): Promise<Tally> {
  const failures: string[] = [];
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const { message, hint } = toLabError(error);
      console.error(`${name}: ${message}\n${hint}`);
      failures.push(name);
      return undefined;
    }
  };
  await attempt('Site', async () =>
    buildSite({ root: projectRoot, signal, onBuild: () => console.log('Building the site.') }),
  );
  const browser = await attempt('Browser', async () => {
    const path = await ensureBrowser(signal);
    if (path === undefined) throw new Error(`Chromium is missing. Install it: ${BROWSER_COMMAND}`);
    return path;
  });
  const images = await attempt('Images', async () => ensureImages(signal));
  const env = {
    ...process.env,
    ...(browser === undefined ? {} : { CHROME_PATH: browser }),
    ...(images === undefined ? {} : { KINDLAB_TEST_IMAGES: JSON.stringify(images) }),
  };
  const tallies: Tally[] = [{ passed: 0, failed: failures.length, skipped: 0 }];
  if (files.length === 0) tallies.push(await runTests(['npm', 'run', 'check', '--'], env, signal));
  tallies.push(await runTests(['vitest', 'run', '--project', 'real', ...files], env, signal));
  for (const name of failures) console.error(`Set-up failed: ${name}`);
  return addTallies(tallies);
}

async function ensureImages(signal: AbortSignal): Promise<PreparedEngine['images']> {
  const { images } = await prepareAtTerminal({
    log: 'test.log',
    signal,
    onFailure: (error, stages) => {
      if (!signal.aborted) stages.fail(toLabError(error, 'LAB_SANDBOX_UNAVAILABLE'));
    },
  });
  return images;
}

/**
 * Runs a command that ends in vitest, and counts the tests. A run that fails without naming a test
 * counts as one failure.
 */
async function runTests(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Tally> {
  signal.throwIfAborted();
  const folder = mkdtempSync(join(tmpdir(), 'kindlab-tests-'));
  const report = join(folder, 'report.json');
  try {
    const [command = '', ...args] = argv;
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const child = spawn(command, [...args, ...reporters], {
      cwd: projectRoot,
      env,
      stdio: 'inherit',
    });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    const results = readReport(report);
    if (results === undefined) console.error(`"${argv.join(' ')}" failed before any test ran.`);
    return readTally(results, exitCode === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const signal = interruption();
try {
  const tally = await main(process.argv.slice(2), signal);
  console.log(tallyLine(tally));
  process.exitCode = tally.failed === 0 ? 0 : 1;
} catch (error) {
  if (!signal.aborted) throw error;
  process.exitCode = 130;
}
