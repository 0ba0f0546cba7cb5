import { fill } from '../i18n/fill.ts';
import { progressIn } from '../lessons/progress.ts';
import { memory } from './storage.ts';

/** Shows, beside each lesson, how far this browser's reader has come, and leads on from there. */

const progress = progressIn(memory);
let goesOnAt: DOMStringMap | undefined;

for (const place of document.querySelectorAll<HTMLElement>('.progress[data-lab]')) {
  const steps = JSON.parse(place.dataset.steps ?? '[]') as string[];
  const stepsDone = progress.stepsDone(place.dataset.lab ?? '');
  const done = steps.filter((step) => stepsDone.has(step)).length;
  if (done < steps.length) goesOnAt ??= place.dataset;
  if (done === 0) continue;
  place.textContent = fill(place.dataset.text ?? '', { done });
  place.hidden = false;
}

const begin = document.querySelector<HTMLAnchorElement>('[data-begin]');
const isUnderWay = document.querySelector('.progress:not([hidden])') !== null;
if (begin !== null && isUnderWay && goesOnAt !== undefined) {
  begin.href = goesOnAt.path ?? begin.href;
  begin.textContent = fill(begin.dataset.goOn ?? '', { lesson: goesOnAt.title ?? '' });
}
