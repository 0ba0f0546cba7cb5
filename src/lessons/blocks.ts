import { createHash } from 'node:crypto';
import type { LessonErrorPlace } from './lesson-error.ts';

/** A fenced block. */
export interface LessonBlock {
  /**
   * Stays the same wherever the block moves within its step, and in every locale: the step's id and
   * a hash of what the block does. Unique on its page.
   */
  id: string;
  lang: string;
  /** The words after the language. */
  meta: string;
  text: string;
  place: LessonErrorPlace;
  /** Index among the blocks of its step that make up the solution; undefined for other blocks. */
  solutionIndex: number | undefined;
}

type Fence = Pick<LessonBlock, 'lang' | 'meta' | 'text'>;

const HASH_LENGTH = 8;

/** Whether the block belongs to the step's solution: it is run, or written to a file. */
export function isPartOfSolution(block: Pick<Fence, 'lang' | 'meta'>): boolean {
  return isRunnable(block) || fileOf(block) !== undefined;
}

/** Whether the block has a Run button. */
export function isRunnable({ lang, meta }: Pick<Fence, 'lang' | 'meta'>): boolean {
  return lang === 'sh' && meta.split(/\s+/).includes('run');
}

/** The path below `~/lab` of the file that the block holds. */
export function fileOf({ meta }: Pick<Fence, 'meta'>): string | undefined {
  return /(?:^|\s)file=(\S+)/.exec(meta)?.[1];
}

/** The `title="…"` of a block. */
export function titleOf({ meta }: Pick<Fence, 'meta'>): string | undefined {
  return /(?:^|\s)title="([^"]+)"/.exec(meta)?.[1];
}

/** What a learner types to do what the block says. */
export function shellTextOf(block: Pick<Fence, 'meta' | 'text'>): string {
  const path = fileOf(block);
  return path === undefined ? block.text : writeFileCommand(path, block.text);
}

/** The shell command that writes `text` to a file below `~/lab`. */
function writeFileCommand(path: string, text: string): string {
  const lines = text.split('\n');
  let end = 'EOF';
  while (lines.includes(end)) end += '_';
  const folder = path.includes('/') ? `mkdir -p ~/lab/${path.replace(/\/[^/]*$/, '')}\n` : '';
  return `${folder}cat > ~/lab/${path} <<'${end}'\n${text}\n${end}`;
}

/**
 * The id of a block.
 *
 * @param stepId undefined for a block outside of steps
 * @param taken the ids of the blocks before it; identical blocks get numbers
 */
export function blockId(
  stepId: string | undefined,
  block: Fence,
  taken: ReadonlySet<string>,
): string {
  const bytes = `${block.lang}\n${shellTextOf(block)}`;
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, HASH_LENGTH);
  const id = stepId === undefined ? hash : `${stepId}.${hash}`;
  let numbered = id;
  for (let count = 2; taken.has(numbered); count += 1) numbered = `${id}.${count}`;
  return numbered;
}
