import { createHash, type Hash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { LabError } from '../errors.ts';
import { CommandError, runCommand } from '../run-command.ts';

const INPUTS = [
  'src',
  'content',
  'public',
  'astro.config.mjs',
  'tsconfig.json',
  'package-lock.json',
];
const MARK = '.inputs';
const LAST_LINES = 20;

export interface SiteOptions {
  /** The project's root. */
  root: string;
  signal: AbortSignal;
  /** The address at which browsers reach the site. */
  origin?: string | undefined;
  /** Called before a build. */
  onBuild?: () => void;
}

/**
 * Builds the site into `dist`, unless the site there was built from the same inputs for the same
 * origin. Resolves with the folder. An old site stays until the new one is complete. Throws
 * `LAB_LESSON_INVALID` with file and line, and what is allowed there.
 */
export async function buildSite({
  root,
  signal,
  origin = '',
  onBuild,
}: SiteOptions): Promise<string> {
  const dist = join(root, 'dist');
  const inputs = hashInputs(root, origin);
  if (markOf(dist) === inputs) return dist;
  onBuild?.();
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'kindlab-site-'));
  try {
    const built = join(work, 'dist');
    await runAstro(root, { outDir: built, origin, signal });
    writeFileSync(join(built, MARK), inputs);
    if (existsSync(dist)) renameSync(dist, join(work, 'old'));
    renameSync(built, dist);
    return dist;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function runAstro(
  root: string,
  { outDir, origin, signal }: { outDir: string; origin: string; signal: AbortSignal },
): Promise<void> {
  const astro = join(root, 'node_modules', 'astro', 'bin', 'astro.mjs');
  const env = {
    ...process.env,
    KINDLAB_ORIGIN: origin,
    ASTRO_TELEMETRY_DISABLED: '1',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
  };
  try {
    await runCommand([process.execPath, astro, 'build', '--outDir', outDir], {
      cwd: root,
      env,
      signal,
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new LabError('LAB_LESSON_INVALID', explainFailure(error.output), { cause: error });
  }
}

/**
 * The part of Astro's output that says what is wrong and where: file, line and what is allowed,
 * without Astro's own stack.
 */
export function explainFailure(output: string): string {
  const plain = stripVTControlCharacters(output);
  // The message, not the error's name: @astrojs/mdx renames what is thrown during compilation.
  const own = /\bcontent\/[^\s:]+:\d+:\d+: .+\. Allowed: .+/.exec(plain)?.[0];
  if (own !== undefined) return own;
  const lines = plain.split('\n').filter((line) => !/^\s+at /.test(line));
  const start = lines.findIndex((line) => /\[ERROR\]|^\[?\w*Error\b/.test(line));
  const part = start === -1 ? lines.slice(-LAST_LINES) : lines.slice(start);
  const end = part.findIndex((line) => /^\s*Stack trace:/.test(line));
  return part
    .slice(0, end === -1 ? LAST_LINES : end)
    .join('\n')
    .replace(/^\d\d:\d\d:\d\d /, '')
    .trim();
}

function markOf(dist: string): string | undefined {
  try {
    return readFileSync(join(dist, MARK), 'utf8');
  } catch {
    return undefined;
  }
}

/** Changes when the origin or an input file of the site changes. */
export function hashInputs(root: string, origin: string): string {
  const hash = createHash('sha256').update(`${origin}\0`);
  for (const input of INPUTS) addTo(hash, root, input);
  return hash.digest('hex');
}

function addTo(hash: Hash, root: string, path: string): void {
  const full = join(root, path);
  if (!existsSync(full)) return;
  if (!statSync(full).isDirectory()) {
    hash.update(`${path}\0`).update(createHash('sha256').update(readFileSync(full)).digest());
    return;
  }
  for (const name of readdirSync(full).sort()) addTo(hash, root, join(path, name));
}
