import { parse } from '@bufbuild/cel';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labIdSchema, type LabSource, labSourceSchema } from '../protocol/lab.ts';
import { labFile, listLabs } from './content-files.ts';
import { LessonError } from './lesson-error.ts';
import { parseOnce } from './parse-once.ts';
import { type ReadYaml, readYaml } from './read-yaml.ts';

export type StepSource = LabSource['steps'][string];

/**
 * Reads `lab.yaml`. The result is shared: callers must not change it.
 *
 * @param labId `unit/lesson`
 * @throws LessonError when there is no such lab, or the file contradicts its schema or itself
 */
export async function readLab(labId: string, root: string): Promise<ReadYaml<LabSource>> {
  const file = labFile(labId);
  const labs = listLabs(root);
  if (!labIdSchema.safeParse(labId).success || !labs.includes(labId)) {
    const what = `there is no lab "${labId}"`;
    throw new LessonError({ file, line: 1, column: 1 }, what, labs.join(', ') || 'none yet');
  }
  return parseLab(file, await readFile(join(root, file), 'utf8'));
}

const parseLab = parseOnce((file, text) => {
  const lab = readYaml(labSourceSchema, { file, text });
  for (const [stepId, step] of Object.entries(lab.value.steps)) reviewStep(stepId, step, lab);
  reviewPreviews(lab);
  return lab;
});

/** Rules for a step that the schema cannot express. */
function reviewStep(stepId: string, step: StepSource, lab: ReadYaml<LabSource>): void {
  const at = ['steps', stepId];
  const checkIds = Object.keys(step.checks);
  if (checkIds.length === 0 && step.unchecked === undefined) {
    const what = `step ${stepId} has no checks`;
    throw new LessonError(lab.placeOf(at), what, 'checks, or unchecked: why');
  }
  if (checkIds.length > 0 && step.unchecked !== undefined) {
    const what = `step ${stepId} has checks and says why it has none`;
    throw new LessonError(lab.placeOf([...at, 'unchecked']), what, 'one of the two');
  }
  for (const [checkId, check] of Object.entries(step.checks)) {
    reviewCheck(check, [...at, 'checks', checkId], lab);
  }
  for (const [i, { fails }] of step.wrong.entries()) {
    const unknown = fails.findIndex((checkId) => !checkIds.includes(checkId));
    if (unknown === -1) continue;
    const what = `there is no check ${String(fails[unknown])} in step ${stepId}`;
    const place = lab.placeOf([...at, 'wrong', i, 'fails', unknown]);
    throw new LessonError(place, what, checkIds.join(', '));
  }
}

function reviewCheck(
  { resource, expect }: StepSource['checks'][string],
  path: readonly string[],
  { placeOf }: ReadYaml<LabSource>,
): void {
  if (resource.name !== undefined && resource.selector !== undefined) {
    const place = placeOf([...path, 'resource', 'selector']);
    throw new LessonError(place, 'a resource with both name and selector', 'one of the two');
  }
  try {
    parse(expect);
  } catch (error) {
    const what = `expect is not CEL: ${error instanceof Error ? error.message : String(error)}`;
    throw new LessonError(placeOf([...path, 'expect']), what, 'a CEL expression');
  }
}

function reviewPreviews({ value, placeOf }: ReadYaml<LabSource>): void {
  for (const [id, { service, selector }] of Object.entries(value.previews)) {
    const hasLabels = Object.keys(selector ?? {}).length > 0;
    if ((service !== undefined) !== hasLabels) continue;
    const what = `preview ${id} does not say who serves it`;
    throw new LessonError(placeOf(['previews', id]), what, 'either service or selector');
  }
}
