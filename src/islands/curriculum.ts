import { fill } from '../i18n/fill.ts';
import { addProgress, progressFile, ProgressFileError } from '../lessons/progress-file.ts';
import { progressIn } from '../lessons/progress.ts';
import { part } from './dom.ts';
import { browserStorage } from './storage.ts';

/**
 * Shows the progress kept in this browser beside each lesson and in total, links to the next lesson
 * to do, and moves the progress between browsers as a file.
 */

const FILE_NAME = 'kindlab-progress.json';

const progress = progressIn(browserStorage);
const lessons = [...document.querySelectorAll<HTMLElement>('.progress[data-lab]')];
const overall = part(document, '[data-progress]');

function show(): void {
  let nextLesson: DOMStringMap | undefined;
  let stepsDone = 0;
  let stepsTotal = 0;
  for (const lesson of lessons) {
    const steps = JSON.parse(lesson.dataset.steps ?? '[]') as string[];
    const remembered = progress.stepsDone(lesson.dataset.lab ?? '');
    const done = steps.filter((step) => remembered.has(step)).length;
    stepsDone += done;
    stepsTotal += steps.length;
    if (done < steps.length) nextLesson ??= lesson.dataset;
    if (done === 0) continue;
    lesson.textContent = fill(lesson.dataset.text ?? '', { done });
    lesson.hidden = false;
  }
  linkTo(stepsDone > 0 ? nextLesson : undefined);
  const line = part(overall, '[data-overall]');
  line.textContent = fill(line.dataset.text ?? '', { done: stepsDone });
  const bar = overall.querySelector('progress');
  if (bar !== null) Object.assign(bar, { max: stepsTotal, value: stepsDone });
  overall.hidden = false;
}

function linkTo(lesson: DOMStringMap | undefined): void {
  const link = document.querySelector<HTMLAnchorElement>('[data-start-lesson]');
  if (link === null || lesson === undefined) return;
  link.href = lesson.path ?? link.href;
  link.textContent = fill(link.dataset.resume ?? '', { lesson: lesson.title ?? '' });
}

function save(): void {
  const address = URL.createObjectURL(
    new Blob([progressFile(browserStorage)], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = address;
  link.download = FILE_NAME;
  link.click();
  URL.revokeObjectURL(address);
}

async function load(file: File): Promise<void> {
  const status = part(overall, '[role=status]');
  try {
    addProgress(await file.text(), browserStorage);
    status.textContent = status.dataset.loaded ?? '';
    show();
  } catch (error) {
    const isKept = !(error instanceof ProgressFileError && error.reason === 'not-kept');
    status.textContent = (isKept ? status.dataset.notProgress : status.dataset.notKept) ?? '';
  }
}

const input = overall.querySelector('input');
part(overall, '[data-save]').addEventListener('click', save);
part(overall, '[data-load]').addEventListener('click', () => input?.click());
input?.addEventListener('change', () => {
  const [file] = input.files ?? [];
  if (file !== undefined) void load(file);
  // Lets the reader choose the same file again.
  input.value = '';
});
show();
