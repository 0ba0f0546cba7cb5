import { defaultLocale } from '../i18n/locale.ts';
import type { Lab, LabSource, Profile } from '../protocol/lab.ts';
import { isPartOfSolution, shellTextOf } from './blocks.ts';
import { listLessons, placeOfLesson } from './content-files.ts';
import { LessonError } from './lesson-error.ts';
import type { LessonStep } from './lesson-tree.ts';
import { readLab } from './read-lab.ts';
import { type LessonSource, readLesson } from './read-lesson.ts';
import type { ReadYaml } from './read-yaml.ts';

/** The lessons of the lab, which have its name: one per locale, the default locale's first. */
export async function lessonsOf(labId: string, root = process.cwd()): Promise<LessonSource[]> {
  const files = listLessons(root).filter((file) => file.endsWith(`/${labId}.mdx`));
  const lessons = await Promise.all(files.map(async (file) => readLesson(file, root)));
  const isDefault = (lesson: LessonSource): boolean => localeOfLesson(lesson) === defaultLocale;
  return lessons.sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)));
}

/**
 * Combines a lab with the lessons that name it into what the server needs to know: the steps in
 * the order of the text, their checks, and their runnable blocks as the solution.
 *
 * @param labId `unit/lesson`
 * @param options.root the project's root, which holds `content/`
 * @param options.locale whose lesson provides the solution; the first of {@link lessonsOf} if there
 *   is none in this locale
 * @throws LessonError when a file is wrong, or text and `lab.yaml` disagree in any locale
 */
export async function compileLab(
  labId: string,
  { root = process.cwd(), locale = defaultLocale }: { root?: string; locale?: string } = {},
): Promise<Lab> {
  const lab = await readLab(labId, root);
  const lessons = await lessonsOf(labId, root);
  const lesson = lessons.find((each) => localeOfLesson(each) === locale) ?? lessons[0];
  if (lesson === undefined) {
    const allowed = `a lesson with lab: ${labId}`;
    throw new LessonError(lab.placeOf([]), 'no lesson names this lab', allowed);
  }
  for (const each of lessons) {
    agreeOnSteps(each, lab);
    agreeOnPreviews(each, lab);
  }
  const { profile, previews } = lab.value;
  return {
    id: labId,
    profile,
    previews,
    steps: lesson.steps.map((step) => compileStep(step, lab)),
  };
}

/** What cluster a lab needs. Throws LessonError as {@link compileLab} does. */
export async function profileOf(labId: string, root = process.cwd()): Promise<Profile> {
  return (await readLab(labId, root)).value.profile;
}

function localeOfLesson({ file }: LessonSource): string {
  return placeOfLesson(file).locale;
}

/** The text has the steps and checks of `lab.yaml`, neither more nor fewer. */
function agreeOnSteps(lesson: LessonSource, { value, placeOf }: ReadYaml<LabSource>): void {
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

/** The text opens each preview of `lab.yaml` in one place. */
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
  if (source === undefined) throw new Error(`lab.yaml was not compared: step ${step.id}`);
  const blocks = step.blocks.filter(isPartOfSolution).map(shellTextOf);
  const solution = source.solution === undefined ? blocks : [source.solution];
  if (solution.length === 0 && source.unchecked === undefined) {
    const allowed = '```sh run blocks, or solution in lab.yaml';
    throw new LessonError(step.place, `step ${step.id} has checks and no solution`, allowed);
  }
  return { id: step.id, checks: source.checks, wrong: source.wrong, solution };
}
