import { part, setText } from './dom.ts';
import { on, emit } from './events.ts';
import { pageState } from './page-state.ts';
import { isUsable } from './session/usable.ts';
import { textsOf } from './texts.ts';

/** `<lab-preview>`: opens a web page of the learner's own pods beside the terminal. */
export class LabPreview extends HTMLElement {
  #life = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    part(this, '[data-open-preview]').addEventListener('click', () => this.#open(), { signal });
    on('lab:session', (session) => isUsable(session) && this.#say(''), signal);
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  #open(): void {
    const canOpen = isUsable(pageState.session);
    this.#say(canOpen ? '' : textsOf('previews').needsSession);
    if (canOpen) emit('lab:open-preview', { id: this.dataset.preview ?? '' });
  }

  #say(text: string): void {
    setText(part(this, '[data-preview-note]'), text);
  }
}
