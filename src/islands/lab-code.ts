import { button } from './dom.ts';
import { hear, tell } from './events.ts';
import { pageState } from './page-state.ts';
import { isUsable } from './session/usable.ts';
import { startObstacle } from './start-obstacle.ts';
import { language, textsOf } from './texts.ts';

const NOTE_MS = 4_000;

/** `<lab-code>`: a block of code that can be copied and, where it is marked so, run in the learner's terminal. */
export class LabCode extends HTMLElement {
  #life = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the note waits for a session. */
  #isWaiting = false;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const listen = (selector: string, act: () => void) =>
      this.querySelector(selector)?.addEventListener('click', act, { signal });
    listen('[data-copy]', () => void this.#copy());
    listen('[data-run]', () => this.#run());
    hear(
      'lab:session',
      (session) => {
        if (this.#isWaiting && (session === undefined || isUsable(session))) this.#note('');
      },
      signal,
    );
  }

  disconnectedCallback(): void {
    this.#life.abort();
    clearTimeout(this.#timer);
  }

  get code(): string {
    return this.querySelector('pre')?.textContent.trim() ?? '';
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.code);
      this.#note(textsOf('lesson').copied);
    } catch {
      // Without the permission, or over plain http: the text is selected for the reader's own keys.
      const pre = this.querySelector('pre');
      if (pre) getSelection()?.selectAllChildren(pre);
    }
  }

  #run(): void {
    const texts = textsOf('lesson');
    const { session, availability } = pageState;
    const { code } = this;
    if (isUsable(session)) {
      const onDone = (isSent: boolean) => this.#note(isSent ? texts.sent : texts.notSent);
      tell('lab:run', { code, onDone });
    } else if (session?.state === 'stopping') {
      this.#note(textsOf('session').ending);
    } else if (session !== undefined) {
      tell('lab:start', { code });
      this.#note(texts.starting, true);
    } else {
      const obstacle = startObstacle(availability, textsOf('session'), language());
      if (obstacle === undefined) this.#offer(code);
      else this.#note(availability.kind === 'reading' ? texts.readingOnly : obstacle, true);
    }
  }

  #offer(code: string): void {
    const texts = textsOf('lesson');
    const start = button(texts.startAndRun, 'button', () => {
      tell('lab:start', { code });
      this.#note(texts.starting, true);
    });
    this.#note(texts.noSession, true);
    this.#noteElement?.append(start);
  }

  get #noteElement(): HTMLElement | null {
    return this.querySelector('.code-note');
  }

  #note(text: string, isWaiting = false): void {
    clearTimeout(this.#timer);
    this.#isWaiting = isWaiting;
    const note = this.#noteElement;
    note?.replaceChildren(text);
    if (!isWaiting) this.#timer = setTimeout(() => note?.replaceChildren(), NOTE_MS);
  }
}
