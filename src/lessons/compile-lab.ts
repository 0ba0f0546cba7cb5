import { parse } from '@bufbuild/cel';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labIdSchema, labSourceSchema } from '../protocol/lab.ts';
import type { Lab, LabSource, Profile } from '../protocol/lab.ts';
import { LessonError } from './lesson-error.ts';
import { fileOf, isPartOfSolution, readLesson } from './read-lesson.ts';
import type { LessonBlock, LessonSource, LessonStep } from './read-lesson.ts';
import { readYaml } from './read-yaml.ts';
import type { ReadYaml } from './read-yaml.ts';
import { writeFileCommand } from './write-file-command.ts';

type StepSource = LabSource['steps'][string];

/** Paths of all lessons from `root`, in the order of their names. */
export function listLessons(root = process.cwd()): string[] {
  return globSync('content/lessons/*/*/*.mdx', { cwd: root }).sort();
}

/** What the path of a lesson says: `content/lessons/LOCALE/UNIT/SLUG.mdx`. */
export function placeOfLesson(file: string): { locale: string; unit: string; slug: string } {
  const [locale = '', unit = '', slug = ''] = file
    .replace(/\.mdx$/, '')
    .split('/')
    .slice(2);
  return { locale, unit, slug };
}

/** The ids of all labs, in the order of their names. */
export function listLabs(root = process.cwd()): string[] {
  const files = globSync('content/labs/*/*/lab.yaml', { cwd: root });
  return files.map((file) => file.split('/').slice(2, 4).join('/')).sort();
}

/** The lessons that name the lab: one a locale, the English one first. */
export async function lessonsOf(labId: string, root = process.cwd()): Promise<LessonSource[]> {
  const lessons = await Promise.all(listLessons(root).map(async (file) => readLesson(file, root)));
  const isEnglish = ({ file }: LessonSource): boolean => file.startsWith('content/lessons/en/');
  return lessons
    .filter((lesson) => lesson.frontmatter.lab === labId)
    .sort((a, b) => Number(isEnglish(b)) - Number(isEnglish(a)));
}

/**
 * Reads a lab and the lessons that name it, and makes of them all that the server needs to know: steps in the order of the text, their
 * checks, and as solution their runnable blocks. Text and `lab.yaml` must agree in every locale.
 *
 * @param labId `unit/lesson`
 * @param options.root the project's root, which holds `content/`
 * @param options.locale whose lesson gives the solution; by default the English one's, or the first there is
 * @throws LessonError with file, line, column, and what is allowed
 */
export async function compileLab(
  labId: string,
  { root = process.cwd(), locale = 'en' }: { root?: string; locale?: string } = {},
): Promise<Lab> {
  const file = `content/labs/${labId}/lab.yaml`;
  const lab = readYaml(labSourceSchema, { file, text: await readLabFile(labId, file, root) });
  const lessons = await lessonsOf(labId, root);
  const lesson =
    lessons.find((each) => each.file.startsWith(`content/lessons/${locale}/`)) ?? lessons[0];
  if (lesson === undefined) {
    throw new LessonError(
      lab.placeOf([]),
      'no lesson names this lab',
      `a lesson with lab: ${labId}`,
    );
  }
  for (const [stepId, step] of Object.entries(lab.value.steps)) reviewStep(stepId, step, lab);
  reviewPreviews(lab);
  for (const each of lessons) {
    agree(each, lab);
    agreeOnPreviews(each, lab);
  }
  return {
    id: labId,
    profile: lab.value.profile,
    previews: lab.value.previews,
    steps: lesson.steps.map((step) => compileStep(step, lab)),
  };
}

/** What a lab needs. Throws LessonError as {@link compileLab} does. */
export async function profileOf(labId: string, root = process.cwd()): Promise<Profile> {
  const file = `content/labs/${labId}/lab.yaml`;
  return readYaml(labSourceSchema, { file, text: await readLabFile(labId, file, root) }).value
    .profile;
}

async function readLabFile(labId: string, file: string, root: string): Promise<string> {
  const labs = listLabs(root);
  if (!labIdSchema.safeParse(labId).success || !labs.includes(labId)) {
    const what = `there is no lab "${labId}"`;
    throw new LessonError({ file, line: 1, column: 1 }, what, labs.join(', ') || 'none yet');
  }
  return readFile(join(root, file), 'utf8');
}

/** What `lab.yaml` must keep in itself and its schema cannot say. */
function reviewStep(stepId: string, step: StepSource, { placeOf }: ReadYaml<LabSource>): void {
  const at = ['steps', stepId];
  const checkIds = Object.keys(step.checks);
  if (checkIds.length === 0 && step.unchecked === undefined) {
    throw new LessonError(placeOf(at), `step ${stepId} has no checks`, 'checks, or unchecked: why');
  }
  if (checkIds.length > 0 && step.unchecked !== undefined) {
    const what = `step ${stepId} has checks and says why it has none`;
    throw new LessonError(placeOf([...at, 'unchecked']), what, 'one of the two');
  }
  for (const [checkId, check] of Object.entries(step.checks)) {
    const path = [...at, 'checks', checkId];
    if (check.resource.name !== undefined && check.resource.selector !== undefined) {
      const place = placeOf([...path, 'resource', 'selector']);
      throw new LessonError(place, 'a resource with both name and selector', 'one of the two');
    }
    try {
      parse(check.expect);
    } catch (error) {
      const what = `expect is not CEL: ${error instanceof Error ? error.message : String(error)}`;
      throw new LessonError(placeOf([...path, 'expect']), what, 'a CEL expression');
    }
  }
  for (const [i, { fails }] of step.wrong.entries()) {
    const unknown = fails.findIndex((checkId) => !checkIds.includes(checkId));
    if (unknown === -1) continue;
    const what = `there is no check ${String(fails[unknown])} in step ${stepId}`;
    throw new LessonError(
      placeOf([...at, 'wrong', i, 'fails', unknown]),
      what,
      checkIds.join(', '),
    );
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

/** Steps and checks of the text are those of `lab.yaml`, neither more nor fewer. */
function agree(lesson: LessonSource, { value, placeOf }: ReadYaml<LabSource>): void {
  const stepIds = Object.keys(value.steps);
  for (const step of lesson.steps) {
    const checkIds = Object.keys(value.steps[step.id]?.checks ?? {});
    if (!stepIds.includes(step.id)) {
      throw new LessonError(step.place, `lab.yaml has no step ${step.id}`, stepIds.join(', '));
    }
    for (const check of step.checks) {
      if (checkIds.includes(check.id)) continue;
      const what = `lab.yaml has no check ${check.id} in step ${step.id}`;
      throw new LessonError(check.place, what, checkIds.join(', ') || 'no check');
    }
  }
  for (const stepId of stepIds) {
    const step = lesson.steps.find(({ id }) => id === stepId);
    const path = ['steps', stepId];
    if (step === undefined) {
      const allowed = lesson.steps.map(({ id }) => id).join(', ');
      throw new LessonError(placeOf(path), `${lesson.file} has no step ${stepId}`, allowed);
    }
    for (const checkId of Object.keys(value.steps[stepId]?.checks ?? {})) {
      const count = step.checks.filter(({ id }) => id === checkId).length;
      if (count === 1) continue;
      const what = `${lesson.file} shows check ${checkId} ${count} times in step ${stepId}`;
      throw new LessonError(placeOf([...path, 'checks', checkId]), what, 'once');
    }
  }
}

/** Each preview of `lab.yaml` is opened in one place of the text. */
function agreeOnPreviews(lesson: LessonSource, { value, placeOf }: ReadYaml<LabSource>): void {
  const ids = Object.keys(value.previews);
  const shown = lesson.steps.flatMap(({ previews }) => previews);
  const unknown = shown.find(({ id }) => !ids.includes(id));
  if (unknown !== undefined) {
    const what = `lab.yaml has no preview ${unknown.id}`;
    throw new LessonError(unknown.place, what, ids.join(', ') || 'no preview');
  }
  for (const id of ids) {
    const count = shown.filter((each) => each.id === id).length;
    if (count === 1) continue;
    const what = `${lesson.file} shows preview ${id} ${count} times`;
    throw new LessonError(placeOf(['previews', id]), what, 'once');
  }
}

function compileStep(step: LessonStep, { value }: ReadYaml<LabSource>): Lab['steps'][number] {
  const source = value.steps[step.id];
  if (source === undefined) throw new Error(`step ${step.id} was not reviewed`);
  const blocks = step.blocks.filter(isPartOfSolution).map(shellTextOf);
  const solution = source.solution === undefined ? blocks : [source.solution];
  if (solution.length === 0 && source.unchecked === undefined) {
    const allowed = '```sh run blocks, or solution in lab.yaml';
    throw new LessonError(step.place, `step ${step.id} has checks and no solution`, allowed);
  }
  return { id: step.id, checks: source.checks, wrong: source.wrong, solution };
}

/** What a learner types to do what the block says. */
function shellTextOf(block: LessonBlock): string {
  const path = fileOf(block);
  return path === undefined ? block.text : writeFileCommand(path, block.text);
}
