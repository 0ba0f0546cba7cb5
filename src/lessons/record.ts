import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../protocol/lab.ts';
import { type LessonRecord, lessonRecordSchema } from '../protocol/record.ts';
import { parseOnce } from './parse-once.ts';
import { readLab } from './read-lab.ts';

/** Path of a lab's record from the project's root. */
export function recordFile(labId: string): string {
  return `content/labs/${labId}/record.json`;
}

/**
 * What the latest recorded proof of a lab saw; undefined when there is none yet. The result is
 * shared: callers must not change it.
 *
 * @throws Error when the file is damaged
 */
export async function readRecord(
  labId: string,
  root = process.cwd(),
): Promise<LessonRecord | undefined> {
  const file = recordFile(labId);
  const text = await readFile(join(root, file), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseRecord(file, text);
}

const parseRecord = parseOnce((file, text): LessonRecord => {
  const parsed = lessonRecordSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is not a record: prove the lesson again.`, { cause: parsed.error });
});

/**
 * What the blocks of a step printed in the recorded proof, by their index among the blocks that
 * make up the solution. Empty when `lab.yaml` has a solution for the step: then the record holds
 * the output of that, and no block of the page ran.
 */
export async function recordedOutputs(
  labId: string,
  stepId: string,
  root = process.cwd(),
): Promise<LessonRecord['steps'][string]> {
  const record = await readRecord(labId, root);
  const outputs = record?.steps[stepId];
  if (outputs === undefined) return [];
  const { value } = await readLab(labId, root);
  return value.steps[stepId]?.solution === undefined ? outputs : [];
}

/** Identifies a lab's solution: the record of another solution is out of date. */
export function solutionHash({ steps }: Pick<Lab, 'steps'>): string {
  const solution = steps.map((step) => [step.id, step.solution]);
  return createHash('sha256').update(JSON.stringify(solution)).digest('hex').slice(0, 16);
}
