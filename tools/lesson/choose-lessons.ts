import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { placeOfLesson } from '../../src/lessons/content-files.ts';

const GIT_MS = 30_000;
/** `changed`: how far back from the newest commit a change is looked for, and how many runs it takes until every lesson had its turn. */
const HOURS = 6;
const TURNS = 4;

/**
 * Which lessons a run proves; there is always at least one, if there are any. `wish` is
 *
 * - `all`;
 * - `K/N`, the K-th of N parts, which together are all;
 * - `changed`: the lessons whose text or lab some commit of the last hours changed, and a quarter of all, another one with each commit. All of them where there is no history.
 *
 * @throws TypeError when the wish is none of these
 */
export async function chooseLessons(
  lessons: readonly string[],
  wish: string,
  root: string,
): Promise<string[]> {
  if (wish === 'all') return [...lessons];
  if (wish === 'changed') {
    const history = await readHistory(root).catch(() => undefined);
    if (history === undefined) return [...lessons];
    const { commits, files } = history;
    const turn = new Set(part(lessons, commits % TURNS, TURNS));
    return lessons.filter((lesson) => turn.has(lesson) || hasChanged(lesson, files));
  }
  const [, which, of] = /^([1-9]\d?)\/([1-9]\d?)$/.exec(wish) ?? [];
  if (which === undefined || Number(which) > Number(of)) {
    throw new TypeError(
      `Which lessons are to be proven? "${wish}" is not one of: all, changed, or a part such as 1/4.`,
    );
  }
  return part(lessons, Number(which) - 1, Number(of));
}

/** Every `of`-th, so that a unit's long lessons are spread over the parts. A part of very few lessons would be empty: it then has one. */
function part(lessons: readonly string[], index: number, of: number): string[] {
  const chosen = lessons.filter((_, i) => i % of === index);
  return chosen.length > 0 ? chosen : lessons.slice(-1);
}

function hasChanged(lesson: string, files: ReadonlySet<string>): boolean {
  const { unit, slug } = placeOfLesson(lesson);
  const lab = `content/labs/${unit}/${slug}/`;
  return files.has(lesson) || [...files].some((file) => file.startsWith(lab));
}

/** How many commits there are, and the files that those of the last hours changed. Of a clone without its older commits: every file. */
async function readHistory(root: string): Promise<{ commits: number; files: Set<string> }> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', args, { cwd: root, timeout: GIT_MS });
    return stdout.trim();
  };
  const newest = Number(await git('log', '-1', '--format=%ct'));
  const since = newest - HOURS * 3600;
  const names = await git('log', `--since=${since}`, '--name-only', '--format=');
  const commits = Number(await git('rev-list', '--count', 'HEAD'));
  return { commits, files: new Set(names.split('\n').filter(Boolean)) };
}
