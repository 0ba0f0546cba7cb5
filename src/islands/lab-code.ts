import { copyText } from './clipboard.ts';
import { button, setText } from './dom.ts';
import { on, emit, type Code } from './events.ts';
import { LabOutput } from './lab-output.ts';
import { pageState } from './page-state.ts';
import { ranBlocks, type RanBlocks } from './session/ran-blocks.ts';
import { isUsable } from './session/usable.ts';
import { pageObstacle } from './page-obstacle.ts';
import { textsOf } from './texts.ts';

const NOTE_MS = 4_000;

/** `<lab-code>`: a block of code to copy and, if it has a Run button, to run in the terminal. */
export class LabCode extends HTMLElement {
  #life = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the note stays until there is a session. */
  #isWaiting = false;
  /** The session in which it last ran. */
  #ranIn: string | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const listen = (selector: string, act: () => void) =>
      this.querySelector(selector)?.addEventListener('click', act, { signal });
    listen('[data-copy]', () => void this.#copy());
    listen('[data-run]', () => this.run());
    listen('[data-edit]', () => this.#edit());
    on(
      'lab:session',
      (session) => {
        if (this.#isWaiting && (session === undefined || isUsable(session))) this.#note('');
        this.#recall();
        this.#showRun();
      },
      signal,
    );
  }

  disconnectedCallback(): void {
    this.#life.abort();
    clearTimeout(this.#timer);
  }

  get canRun(): boolean {
    return this.querySelector('[data-run]') !== null;
  }

  /** Whether it has run in the page's current session. */
  get hasRun(): boolean {
    return this.#ranIn !== undefined && this.#ranIn === pageState.session?.id;
  }

  /** Runs the code, or says why it cannot. */
  run(): void {
    const texts = textsOf('lesson');
    const { session, availability } = pageState;
    if (isUsable(session)) {
      void this.runToEnd();
    } else if (session?.state === 'stopping') {
      this.#note(textsOf('session').ending);
    } else if (session !== undefined) {
      this.#start();
    } else {
      const obstacle = pageObstacle();
      if (obstacle === undefined) this.#offer();
      else this.#note(availability.kind === 'reading' ? texts.readingOnly : obstacle, true);
    }
  }

  /**
   * Runs the code in a session that is ready. Resolves when the prompt is back, with whether the
   * code ran to its end.
   */
  async runToEnd(): Promise<boolean> {
    const texts = textsOf('lesson');
    return new Promise((resolve) => {
      emit('lab:run', {
        code: this.#code((output) => resolve(output !== undefined)),
        onDone: (isSent) => {
          this.#note(isSent ? texts.sent : texts.notSent);
          if (isSent) this.#hasBeenRun();
          else resolve(false);
        },
      });
    });
  }

  /** Opens the file in the editor. A missing file gets the lesson's version. */
  #edit(): void {
    const { file = '', text = '' } = this.dataset;
    if (isUsable(pageState.session)) emit('lab:open-file', { path: file, text: `${text}\n` });
    else this.run();
  }

  get #text(): string {
    return this.dataset.command ?? this.querySelector('pre')?.textContent.trim() ?? '';
  }

  #code(onEnd?: Code['onEnd']): Code {
    const onOutput = (output: string | undefined): void => {
      if (output !== undefined && output !== '') this.#output.show(output);
      emit('lab:ran', { block: this });
      onEnd?.(output);
    };
    return { text: this.#text, onEnd: onOutput };
  }

  /** The output below the block. The first run adds it if the proof recorded none. */
  get #output(): LabOutput {
    const below = this.nextElementSibling;
    if (below instanceof LabOutput) return below;
    const output = new LabOutput();
    this.after(output);
    return output;
  }

  #hasBeenRun(): void {
    this.#ranIn = pageState.session?.id;
    if (this.#ranIn !== undefined) this.#ran.add(this.#ranIn, this.#blockId);
    this.#showRun();
  }

  /** The block may have run before a reload, or in another tab. */
  #recall(): void {
    const id = pageState.session?.id;
    if (id !== undefined && this.#ran.has(id, this.#blockId)) this.#ranIn = id;
  }

  get #ran(): RanBlocks {
    return ranBlocks(this.closest<HTMLElement>('[data-lab]')?.dataset.lab ?? '');
  }

  /** The same in every language, and wherever the block moves within its step. */
  get #blockId(): string {
    return this.dataset.block ?? '';
  }

  #showRun(): void {
    const label = this.querySelector('[data-run-label]');
    if (label === null) return;
    const texts = textsOf('lesson');
    this.classList.toggle('has-run', this.hasRun);
    const first = this.dataset.command === undefined ? texts.run : texts.writeFile;
    setText(label, this.hasRun ? texts.runAgain : first);
  }

  async #copy(): Promise<void> {
    const pre = this.querySelector('pre');
    if (await copyText(pre?.textContent.trim() ?? '')) this.#note(textsOf('lesson').copied);
    // The reader can then copy it with the keyboard.
    else if (pre) getSelection()?.selectAllChildren(pre);
  }

  #offer(): void {
    const texts = textsOf('lesson');
    const start = button(texts.startAndRun, 'button', () => this.#start());
    this.#note(texts.noSession, true);
    this.#noteElement?.append(start);
  }

  #start(): void {
    emit('lab:start', { code: this.#code(() => this.#hasBeenRun()) });
    this.#note(textsOf('lesson').starting, true);
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
