import { h, part, setText } from './dom.ts';
import { textsOf } from './texts.ts';

/** `<lab-output>` below a block: what it printed when the lesson was proven, until the learner's own output takes its place. */
export class LabOutput extends HTMLElement {
  #replay: Disposable | undefined;

  connectedCallback(): void {
    const replay = this.querySelector<HTMLButtonElement>('[data-replay]');
    replay?.addEventListener('click', () => void this.#toggle(replay));
  }

  disconnectedCallback(): void {
    this.#replay?.[Symbol.dispose]();
  }

  /** Shows what the learner's own run printed. */
  show(output: string): void {
    this.#replay?.[Symbol.dispose]();
    const { yours } = textsOf('lesson');
    this.className = 'code recorded yours';
    this.replaceChildren(
      h('p', { class: 'code-head' }, h('span', { 'data-output-title': '' }, yours)),
      h('pre', { tabindex: '0' }, output),
    );
  }

  /** Plays the recording in the place of its text; the text comes back at its end. */
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
