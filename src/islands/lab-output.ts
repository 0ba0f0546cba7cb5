import { h, part, setText } from './dom.ts';
import { textsOf } from './texts.ts';

/**
 * `<lab-output>` below a block: the output recorded by the lesson's proof, until the learner's own
 * replaces it.
 */
export class LabOutput extends HTMLElement {
  #replay: Disposable | undefined;

  connectedCallback(): void {
    const replay = this.querySelector<HTMLButtonElement>('[data-replay]');
    replay?.addEventListener('click', () => void this.#toggle(replay));
  }

  disconnectedCallback(): void {
    this.#replay?.[Symbol.dispose]();
  }

  /** Shows the output of the learner's own run. */
  show(output: string): void {
    this.#replay?.[Symbol.dispose]();
    const { yours } = textsOf('lesson');
    this.className = 'code recorded yours';
    this.replaceChildren(
      h('p', { class: 'code-head' }, h('span', { 'data-output-title': '' }, yours)),
      h('pre', { tabindex: '0' }, output),
    );
  }

  /** Plays the recording instead of its text. The text returns at the end. */
  async #toggle(control: HTMLButtonElement): Promise<void> {
    const texts = textsOf('lesson');
    if (this.#replay !== undefined) {
      this.#replay[Symbol.dispose]();
      return;
    }
    const text = part(this, 'pre');
    const lab = this.closest<HTMLElement>('[data-lab]')?.dataset.lab ?? '';
    const { stepId = '', solutionIndex = '0' } = this.dataset;
    try {
      const { startReplay } = await import('./terminal/replay.ts');
      this.#replay = await startReplay(
        { lab, step: stepId, block: Number(solutionIndex) },
        text,
        () => {
          this.#replay = undefined;
          setText(control, texts.replay);
        },
      );
      setText(control, texts.replayStop);
    } catch {
      setText(control, texts.replayFailed);
    }
  }
}
