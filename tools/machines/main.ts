import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { projectRoot } from '../../sandbox/images/build/files.ts';
import { interruption } from '../../sandbox/interruption.ts';
import { aptInstall } from '../../sandbox/providers/docker/preparation/install-engine.ts';
import { prepareAtTerminal } from '../../sandbox/setup/prepare-at-terminal.ts';
import type { PreparedEngine } from '../../sandbox/providers/docker/preparation/prepare-images.ts';
import { buildSite } from '../../sandbox/setup/site.ts';
import { cases, LAB, WORKERS } from './cases.ts';
import { succeed } from './commands.ts';
import { makeDisk, VirtualMachine } from './virtual-machine.ts';

const MEMORY_MIB = 8192;
const PACKAGES = ['nodejs', 'npm'];
const COPY_MS = 10 * 60_000;
const PROJECT = 'home/learner/kindlab';
const ARCHIVE = 'images.tar';

/**
 * `npm run machines [-- FOLDER]`: creates an ordinary Debian 13 and shows that the two commands
 * work there, with one line for each case. Takes up to an hour; needs root on Debian, an engine, 20
 * GB of disk and 10 GiB of memory. FOLDER, by default a temporary one, keeps the emulator and the
 * machine's console, `console.log`.
 */
async function main(folder: string, signal: AbortSignal): Promise<number> {
  if (!existsSync('/usr/bin/mmdebstrap'))
    await aptInstall(['mmdebstrap', 'openssh-client'], { signal });
  const prepared = await prepareAtTerminal({ log: 'machines.log', signal });
  await buildSite({ root: projectRoot, signal });
  console.log('Creating the machine.');
  await makeDisk({ folder, signal }, PACKAGES, async (root) => fill(root, prepared, signal));
  console.log('Starting it.');
  await using machine = await VirtualMachine.boot({ folder, memoryMib: MEMORY_MIB, signal });
  let failed = 0;
  for (const { title, run } of cases) {
    const startedAt = performance.now();
    const report = (sign: string, detail: string): void => {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      console.log(`${sign}  ${title} (${seconds} s)${detail}`);
    };
    try {
      const seen = await run(machine, signal);
      report('ok    ', `: ${seen}`);
    } catch (error) {
      signal.throwIfAborted();
      failed += 1;
      report(
        'FAILED',
        `\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }
  console.log(`${cases.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/**
 * Copies the project with its dependencies, site and images to the disk. Other tests install and
 * build them; here that would take hours.
 */
async function fill(
  root: string,
  { engine, images }: PreparedEngine,
  signal: AbortSignal,
): Promise<void> {
  const project = join(root, PROJECT);
  mkdirSync(project, { recursive: true });
  const options = { ms: COPY_MS, signal };
  const files =
    'set -eu; cd "$1"; git ls-files --cached --others --exclude-standard -z | tar -cf - --null -T - | tar -xf - -C "$2"';
  await succeed(['bash', '-c', files, 'copy', projectRoot, project], options);
  cpSync(join(projectRoot, 'dist'), join(project, 'dist'), { recursive: true });
  const lab = join(project, 'dist/labs', `${LAB}.json`);
  const { profile, ...rest } = JSON.parse(readFileSync(lab, 'utf8')) as { profile: object };
  writeFileSync(lab, JSON.stringify({ ...rest, profile: { ...profile, workers: WORKERS } }));
  await succeed(['cp', '-a', join(projectRoot, 'node_modules'), project], options);
  rmSync(join(project, 'node_modules', '.cache'), { recursive: true, force: true });
  const tar = await engine.images.save([images.node, images.workstation], signal);
  await pipeline(tar, createWriteStream(join(root, 'home/learner', ARCHIVE)), { signal });
}

const signal = interruption();
try {
  const [folder = join(tmpdir(), 'kindlab-machine')] = process.argv.slice(2);
  process.exitCode = await main(folder, signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
