// What every npm command runs first: installs the locked dependencies if they are missing, then
// runs the requested part on the pinned Node.js. Node.js 20 must be able to run this file with
// nothing installed, so it is plain JavaScript without dependencies.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');
const parts = {
  start: 'sandbox/main.ts',
  doctor: 'sandbox/setup/doctor.ts',
  uninstall: 'sandbox/setup/uninstall.ts',
  test: 'sandbox/setup/test.ts',
  bench: 'tools/bench/main.ts',
  machines: 'tools/machines/main.ts',
  lesson: 'tools/lesson/main.ts',
};

/** What npm's error output means, and what to do about it. */
const remedies = [
  [
    /EACCES|EPERM|EROFS|ENOENT.* mkdir/,
    'npm may not write to a folder that it needs. Take ownership of that folder, or use another cache: npm_config_cache=/tmp/npm-cache.',
  ],
  [
    /EUSAGE|ELOCKVERIFY|JSONParse|EINTEGRITY/,
    'package-lock.json is damaged, or does not match package.json. Restore both with "git checkout package-lock.json package.json".',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/i,
    'The package registry does not answer. Check the network, or the proxy and registry that "npm config list" shows, and start again.',
  ],
  [/ENOSPC/, 'The disk is full. Free 1 GB and start again.'],
];

function fail(message, hint) {
  console.error(`\n${message}\n${hint}`);
  process.exit(1);
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * npm writes node_modules/.package-lock.json last, so after an interrupted installation it is
 * missing.
 */
function isInstalled() {
  const lock = join(root, 'package-lock.json');
  if (!existsSync(lock)) {
    fail('package-lock.json is missing.', 'Restore it with "git checkout package-lock.json".');
  }
  try {
    const wanted = Object.entries(readPackages(lock));
    const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
    return (
      existsSync(pinnedNode) &&
      wanted.every(
        ([path, { version, optional }]) =>
          path === '' || optional || installed[path]?.version === version,
      )
    );
  } catch {
    return false;
  }
}

let isInterrupted = false;

/**
 * Runs a command to its end and resolves with its exit code. The terminal sends Ctrl-C to the child
 * as well; a signal that reaches only this process, such as from `kill`, is passed on once. An
 * interrupted child is killed after `graceMs`.
 */
function run(command, args, { graceMs, onStderr, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    const onSignal = (signal) => {
      // npm repeats the signal that the terminal has already sent.
      if (isInterrupted) return;
      isInterrupted = true;
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      if (graceMs !== undefined) setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
    child.stderr?.on('data', onStderr);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function install() {
  console.log('Installing the locked dependencies with "npm ci": about a minute, 700 MB.');
  let output = '';
  const onStderr = (chunk) => {
    process.stderr.write(chunk);
    output = (output + chunk).slice(-20_000);
  };
  // npm itself still runs on the old Node.js, and would warn about each package that wants a newer
  // one.
  const quiet = process.env.npm_config_loglevel === undefined ? ['--loglevel=error'] : [];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', ...quiet];
  const stdio = ['ignore', 'inherit', 'pipe'];
  // npm would spend half a minute on undoing its work, which the next installation removes anyway.
  const code = await run('npm', args, { stdio, onStderr, graceMs: 1_000 }).catch((error) =>
    fail(
      `npm does not start (${error.code}).`,
      'Install npm, for example with "apt-get install npm", and start again.',
    ),
  );
  if (isInterrupted) {
    console.error('\nInterrupted. The next start installs the dependencies again.');
    process.exit(130);
  }
  if (code !== 0) {
    const [, hint] = remedies.find(([pattern]) => pattern.test(output)) ?? [];
    fail(
      'The dependencies could not be installed.',
      hint ?? 'The output of npm above says why. Fix that and start again.',
    );
  }
  if (!existsSync(pinnedNode)) {
    fail(
      'npm did not install the pinned Node.js.',
      'npm must be allowed to run install scripts: npm_config_ignore_scripts=false npm start',
    );
  }
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node.js ${process.versions.node} is too old.`, 'Install Node.js 20 or later.');
}
if (process.platform === 'win32') {
  fail('Kindlab does not run on Windows.', 'Use Debian or Ubuntu in WSL 2.');
}
const [name = 'start', ...rest] = process.argv.slice(2);
if (!(name in parts))
  fail(`There is no part "${name}".`, `Parts: ${Object.keys(parts).join(', ')}.`);
if (!isInstalled()) await install();
const PATH = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
process.exitCode = await run(pinnedNode, [parts[name], ...rest], { env: { ...process.env, PATH } });
