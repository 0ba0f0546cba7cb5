import { part } from '../dom.ts';
import { on, type LabEvents } from '../events.ts';
import { isUsable } from '../session/usable.ts';
import { textsOf } from '../texts.ts';
import type { Workbench } from './workbench.ts';

/**
 * `<lab-editor>`: the files of `~/lab`, while the page has a session. Loads the editor when the
 * learner opens this part of the pane or a file of the lesson.
 */
export class LabEditor extends HTMLElement {
  #life = new AbortController();
  #sessionId: string | undefined;
  #bench: Promise<Workbench | undefined> | undefined;
  #wanted: LabEvents['lab:open-file'] | undefined;
  /** Unsaved texts of ended sessions, by path. The next session's editor gets them. */
  #unsaved: ReadonlyMap<string, string> = new Map();

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const observer = new MutationObserver(() => this.#isOpen && void this.#load());
    observer.observe(this.#section, { attributeFilter: ['data-open'] });
    signal.addEventListener('abort', () => observer.disconnect(), { once: true });
    on(
      'lab:session',
      (session) => this.#follow(isUsable(session) ? session?.id : undefined),
      signal,
    );
    on('lab:open-file', (file) => this.#want(file), signal);
    addEventListener('beforeunload', (event) => this.#keepUnsaved(event), { signal });
  }

  disconnectedCallback(): void {
    this.#life.abort();
    this.#follow(undefined);
  }

  /** The part of the pane that the learner opens and closes. */
  get #section(): HTMLElement {
    const section = this.closest<HTMLElement>('[data-part]');
    if (section === null) throw new Error('<lab-editor> stands in a part of the pane.');
    return section;
  }

  get #isOpen(): boolean {
    return this.#section.hasAttribute('data-open');
  }

  #follow(sessionId: string | undefined): void {
    if (sessionId === this.#sessionId) return;
    this.#sessionId = sessionId;
    void this.#bench?.then((bench) => this.#close(bench));
    this.#bench = undefined;
    this.#section.hidden = sessionId === undefined;
    if (sessionId === undefined) return;
    if (this.#wanted !== undefined) this.#want(this.#wanted);
    else if (this.#isOpen) void this.#load();
  }

  #close(bench: Workbench | undefined): void {
    if (bench === undefined) return;
    this.#unsaved = new Map([...this.#unsaved, ...bench.unsaved()]);
    bench[Symbol.dispose]();
  }

  #keepUnsaved(event: Event): void {
    if (this.#unsaved.size > 0) event.preventDefault();
  }

  /** Opens a file now, or as soon as there is a session. */
  #want(file: LabEvents['lab:open-file']): void {
    this.#wanted = file;
    if (this.#sessionId === undefined) return;
    this.#wanted = undefined;
    if (!this.#isOpen) part(this.#section, '[data-part-toggle]').click();
    void this.#load().then((bench) => bench?.open(file.path, file.text));
  }

  #load(): Promise<Workbench | undefined> {
    const sessionId = this.#sessionId;
    if (sessionId === undefined) return Promise.resolve(undefined);
    this.#bench ??= this.#create(sessionId);
    return this.#bench;
  }

  async #create(sessionId: string): Promise<Workbench | undefined> {
    const texts = textsOf('editor');
    this.textContent = texts.loading;
    try {
      const { Workbench } = await import('./workbench.ts');
      if (sessionId !== this.#sessionId) return undefined;
      const bench = new Workbench(sessionId, this.#unsaved);
      this.#unsaved = new Map();
      this.replaceChildren(bench.element);
      return bench;
    } catch {
      this.textContent = texts.failed;
      return undefined;
    }
  }
}
