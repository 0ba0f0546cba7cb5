import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { placeOfLesson } from '../../src/lessons/content-files.ts';

const GIT_MS = 30_000;
/** How recent a change must be, before the newest commit. */
const RECENT_HOURS = 6;
/** How many runs prove every lesson once. */
const TURNS = 4;

/**
 * Chooses the lessons that a run proves; at least one, if there are any. `choice` is
 *
 * - `all`;
 * - `K/N`: the K-th of N parts, which together are all lessons;
 * - `changed`: the lessons whose text or lab a recent commit changed, and a quarter of all lessons,
 *   a different one after each commit. All lessons if there is no history.
 *
 * @throws TypeError when `choice` is none of these
 */
export async function chooseLessons(
  lessons: readonly string[],
  choice: string,
  root: string,
): Promise<string[]> {
  if (choice === 'all') return [...lessons];
  if (choice === 'changed') {
    const history = await readHistory(root).catch(() => undefined);
    if (history === undefined) return [...lessons];
    const { commits, files } = history;
    const turn = new Set(part(lessons, commits % TURNS, TURNS));
    return lessons.filter((lesson) => turn.has(lesson) || hasChanged(lesson, files));
  }
  const [, which, of] = /^([1-9]\d?)\/([1-9]\d?)$/.exec(choice) ?? [];
  if (which === undefined || Number(which) > Number(of)) {
    throw new TypeError(
      `Cannot choose lessons by "${choice}": use all, changed, or a part such as 1/4.`,
    );
  }
  return part(lessons, Number(which) - 1, Number(of));
}

/**
 * Takes every `of`-th lesson, which spreads the long lessons of a unit over the parts. A part that
 * would be empty has one lesson.
 */
function part(lessons: readonly string[], index: number, of: number): string[] {
  const chosen = lessons.filter((_, i) => i % of === index);
  return chosen.length > 0 ? chosen : lessons.slice(-1);
}

function hasChanged(lesson: string, files: ReadonlySet<string>): boolean {
  const { unit, slug } = placeOfLesson(lesson);
  const lab = `content/labs/${unit}/${slug}/`;
  return files.has(lesson) || [...files].some((file) => file.startsWith(lab));
}

/**
 * The number of commits, and the files that recent ones changed. In a clone without older commits,
 * that is every file.
 */
async function readHistory(root: string): Promise<{ commits: number; files: Set<string> }> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', args, { cwd: root, timeout: GIT_MS });
    return stdout.trim();
  };
  const newest = Number(await git('log', '-1', '--format=%ct'));
  const since = newest - RECENT_HOURS * 3600;
  const names = await git('log', `--since=${since}`, '--name-only', '--format=');
  const commits = Number(await git('rev-list', '--count', 'HEAD'));
  return { commits, files: new Set(names.split('\n').filter(Boolean)) };
}
