import { announce, part, setText } from './dom.ts';
import { on } from './events.ts';
import { browserStorage } from './storage.ts';
import { textsOf } from './texts.ts';

/**
 * `<lab-predict>`: remembers the learner's guess, and compares it with what happens when a later
 * block of the step has run, or on request.
 */
export class LabPredict extends HTMLElement {
  #life = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#inputs.forEach((input, i) => (input.value = String(i)));
    const kept = browserStorage.getItem(this.#key);
    const [choice, compared] = kept?.split(' ') ?? [];
    const input = this.#inputs[Number(choice)];
    if (choice !== undefined && input !== undefined) {
      input.checked = true;
      this.#keep(compared === 'compared');
    }
    this.addEventListener('change', () => this.#keep(false), { signal });
    part(this, '[data-compare]').addEventListener('click', () => this.#compare(), { signal });
    on('lab:ran', ({ block }) => this.#isAbove(block) && this.#compare(), signal);
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  get #key(): string {
    const lab = this.closest<HTMLElement>('[data-lab]')?.dataset.lab ?? '';
    return `kindlab.guess.${lab}.${this.#step?.id ?? ''}.${this.dataset.predict ?? ''}`;
  }

  get #step(): Element | null {
    return this.closest('[data-step]');
  }

  get #inputs(): HTMLInputElement[] {
    return [...this.querySelectorAll('input')];
  }

  #isAbove(block: Element): boolean {
    const follows = this.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING;
    return follows !== 0 && block.closest('[data-step]') === this.#step;
  }

  #keep(isCompared: boolean): void {
    const choice = this.#inputs.findIndex((input) => input.checked);
    if (choice === -1) return;
    if (isCompared) {
      this.#compare();
      return;
    }
    browserStorage.setItem(this.#key, String(choice));
    setText(part(this, '[data-predict-note]'), textsOf('lesson').predicted);
    part(this, '[data-compare]').hidden = false;
  }

  /** A compared guess cannot be changed: that would teach nothing. */
  #compare(): void {
    const choice = this.#inputs.findIndex((input) => input.checked);
    if (choice === -1 || this.dataset.compared !== undefined) return;
    this.dataset.compared = '';
    browserStorage.setItem(this.#key, `${choice} compared`);
    const texts = textsOf('lesson');
    for (const guess of this.querySelectorAll<HTMLElement>('.guess')) {
      const input = guess.querySelector('input');
      const isRight = guess.dataset.right !== undefined;
      const right = input?.checked === true ? texts.guessedRight : texts.guessRight;
      const verdict = isRight ? right : input?.checked === true ? texts.guessedWrong : '';
      setText(part(guess, '[data-verdict]'), verdict);
      if (input !== null) input.disabled = true;
      if (isRight) announce(`${verdict}: ${guess.querySelector('span')?.textContent.trim() ?? ''}`);
    }
    setText(part(this, '[data-predict-note]'), '');
    part(this, '[data-compare]').hidden = true;
  }
}
