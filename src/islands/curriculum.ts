import { fill } from '../i18n/fill.ts';
import { progressIn } from '../lessons/progress.ts';
import { memory } from './storage.ts';

/** Shows, beside each lesson, how far this browser's reader has come. */

const progress = progressIn(memory);

for (const place of document.querySelectorAll<HTMLElement>('.progress[data-lab]')) {
  const steps = JSON.parse(place.dataset.steps ?? '[]') as string[];
  const stepsDone = progress.stepsDone(place.dataset.lab ?? '');
  const done = steps.filter((step) => stepsDone.has(step)).length;
  if (done === 0) continue;
  place.textContent = fill(place.dataset.text ?? '', { done });
  place.hidden = false;
}
