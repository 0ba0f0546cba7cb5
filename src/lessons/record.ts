import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../protocol/lab.ts';
import { type LessonRecord, lessonRecordSchema } from '../protocol/record.ts';

/** Where a lab's record stands, from the project's root. */
export function recordFile(labId: string): string {
  return `content/labs/${labId}/record.json`;
}

/** What the last written proof of a lab saw; undefined when none has been written yet. Throws when the file is damaged. */
export async function readRecord(
  labId: string,
  root = process.cwd(),
): Promise<LessonRecord | undefined> {
  const file = recordFile(labId);
  const text = await readFile(join(root, file), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = lessonRecordSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is not a record: prove the lesson again.`, { cause: parsed.error });
}

/** Of a lab's solution: a record of another one is out of date. */
export function solutionHash({ steps }: Lab): string {
  const solution = steps.map((step) => [step.id, step.solution]);
  return createHash('sha256').update(JSON.stringify(solution)).digest('hex').slice(0, 16);
}
