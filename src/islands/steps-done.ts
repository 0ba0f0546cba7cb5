import { progressIn } from '../lessons/progress.ts';
import { part, setText } from './dom.ts';
import { browserStorage } from './storage.ts';
import { textsOf } from './texts.ts';

/** Marks the steps that this browser's reader has completed before. */
export function markStepsDone(text: HTMLElement): void {
  const done = progressIn(browserStorage).stepsDone(text.dataset.lab ?? '');
  for (const step of text.querySelectorAll<HTMLElement>('[data-step]')) {
    const isDone = done.has(step.dataset.step ?? '');
    const mark = isDone ? `✓ ${textsOf('checks').stepDoneBefore}` : '';
    setText(part(step, '[data-step-done]'), mark);
  }
}
