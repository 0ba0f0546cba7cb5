import { fill } from '../i18n/fill.ts';
import { addProgress, progressFile, ProgressFileError } from '../lessons/progress-file.ts';
import { progressIn } from '../lessons/progress.ts';
import { part } from './dom.ts';
import { memory } from './storage.ts';

/** Shows, beside each lesson and over all, how far this browser's reader has come; leads on from there; lets it be taken to another browser. */

const FILE = 'kindlab-progress.json';

const progress = progressIn(memory);
const places = [...document.querySelectorAll<HTMLElement>('.progress[data-lab]')];
const overall = part(document, '[data-progress]');

function show(): void {
  let goesOnAt: DOMStringMap | undefined;
  let stepsDone = 0;
  let stepsTotal = 0;
  for (const place of places) {
    const steps = JSON.parse(place.dataset.steps ?? '[]') as string[];
    const remembered = progress.stepsDone(place.dataset.lab ?? '');
    const done = steps.filter((step) => remembered.has(step)).length;
    stepsDone += done;
    stepsTotal += steps.length;
    if (done < steps.length) goesOnAt ??= place.dataset;
    if (done === 0) continue;
    place.textContent = fill(place.dataset.text ?? '', { done });
    place.hidden = false;
  }
  leadOn(stepsDone > 0 ? goesOnAt : undefined);
  const line = part(overall, '[data-overall]');
  line.textContent = fill(line.dataset.text ?? '', { done: stepsDone, total: stepsTotal });
  const bar = overall.querySelector('progress');
  if (bar !== null) Object.assign(bar, { max: stepsTotal, value: stepsDone });
  overall.hidden = false;
}

function leadOn(to: DOMStringMap | undefined): void {
  const begin = document.querySelector<HTMLAnchorElement>('[data-begin]');
  if (begin === null || to === undefined) return;
  begin.href = to.path ?? begin.href;
  begin.textContent = fill(begin.dataset.goOn ?? '', { lesson: to.title ?? '' });
}

function save(): void {
  const address = URL.createObjectURL(
    new Blob([progressFile(memory)], { type: 'application/json' }),
  );
  const link = document.createElement('a');
  link.href = address;
  link.download = FILE;
  link.click();
  URL.revokeObjectURL(address);
}

async function load(file: File): Promise<void> {
  const said = part(overall, '[role=status]');
  try {
    addProgress(await file.text(), memory);
    said.textContent = said.dataset.loaded ?? '';
    show();
  } catch (error) {
    const isKept = !(error instanceof ProgressFileError && error.reason === 'not-kept');
    said.textContent = (isKept ? said.dataset.notProgress : said.dataset.notKept) ?? '';
  }
}

const input = overall.querySelector('input');
part(overall, '[data-save]').addEventListener('click', save);
part(overall, '[data-load]').addEventListener('click', () => input?.click());
input?.addEventListener('change', () => {
  const [file] = input.files ?? [];
  if (file !== undefined) void load(file);
  // The same file may be chosen again.
  input.value = '';
});
show();
