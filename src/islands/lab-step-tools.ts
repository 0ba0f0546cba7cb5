import { part, setText } from './dom.ts';
import { emit } from './events.ts';
import { LabCode } from './lab-code.ts';
import { pageObstacle } from './page-obstacle.ts';
import { pageState } from './page-state.ts';
import { isUsable } from './session/usable.ts';
import { textsOf } from './texts.ts';

/**
 * `<lab-step-tools>` at the end of a step: starts a cluster that is ready for the step, or runs its
 * solution while the learner watches.
 */
export class LabStepTools extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('[data-goto]')?.addEventListener('click', () => this.#goto());
    this.querySelector('[data-solve]')?.addEventListener('click', () => void this.#solve());
  }

  get #step(): HTMLElement | null {
    return this.closest<HTMLElement>('[data-step]');
  }

  #goto(): void {
    const obstacle = pageObstacle();
    if (pageState.session === undefined && obstacle !== undefined) this.#say(obstacle);
    else emit('lab:start', { step: this.#step?.dataset.step ?? '' });
  }

  /** Runs one block after another. Skips blocks that the learner has run already. */
  async #solve(): Promise<void> {
    const all = [...(this.#step?.querySelectorAll('lab-code') ?? [])];
    const blocks = all.filter((each) => each instanceof LabCode).filter((each) => each.canRun);
    const open = blocks.filter((block) => !block.hasRun);
    if (!isUsable(pageState.session)) {
      open[0]?.run();
      this.#say(textsOf('lesson').solveNeedsSession);
      return;
    }
    this.#say('');
    for (const block of open.length === 0 ? blocks : open) {
      block.scrollIntoView({ block: 'nearest' });
      if (!(await block.runToEnd())) return;
    }
  }

  #say(text: string): void {
    setText(part(this, '[data-step-note]'), text);
  }
}
