import { fill } from '../i18n/fill.ts';
import { part, setText } from './dom.ts';
import { on, type Code } from './events.ts';
import type { Pane } from './pane.ts';
import { pageObstacle } from './page-obstacle.ts';
import { pageState } from './page-state.ts';
import type { SessionClient } from './session/session-client.ts';
import { sessionMemory } from './session/session-memory.ts';
import { textsOf } from './texts.ts';

/**
 * `<lab-session>`: Starts or resumes the session. Shows only a button until then, and loads the
 * session code on first use.
 */
export class LabSession extends HTMLElement {
  pane: Pane | undefined;
  #life = new AbortController();
  #client: Promise<SessionClient | undefined> | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    on('lab:availability', () => this.#showObstacle(), signal);
    on('lab:start', (options) => void this.#start(options), signal);
    on('lab:run', ({ code, onDone }) => void this.#run(code).then(onDone), signal);
    on('lab:open-file', () => this.pane?.open(), signal);
    on('lab:open-preview', () => this.pane?.open(), signal);
    this.#offerStep(signal);
    part(this, '[data-start]').addEventListener('click', () => void this.#start(), { signal });
    const before = sessionMemory(this.#lab).get();
    if (before !== undefined) void this.#load().then((client) => client?.resume(before));
  }

  disconnectedCallback(): void {
    this.#life.abort();
    void this.#client?.then((client) => client?.dispose());
    this.#client = undefined;
  }

  get #lab(): string {
    return this.dataset.lab ?? '';
  }

  #showObstacle(): void {
    const obstacle = pageObstacle();
    for (const start of ['[data-start]', '[data-start-at]']) {
      part(this, start).setAttribute('aria-disabled', String(obstacle !== undefined));
    }
    setText(part(this, '[data-note]'), obstacle ?? '');
  }

  async #start(options: { step?: string; code?: Code } = {}): Promise<void> {
    this.pane?.open();
    if (pageState.session === undefined && pageObstacle() !== undefined) return;
    const client = await this.#load();
    await client?.start(options);
  }

  /** An address with `?at=<step>` offers a cluster that is ready for that step. */
  #offerStep(signal: AbortSignal): void {
    const at = new URLSearchParams(location.search).get('at') ?? '';
    const step = [...document.querySelectorAll<HTMLElement>('[data-step]')].find(
      ({ id }) => id === at,
    );
    if (step === undefined) return;
    if (location.hash === '') step.scrollIntoView();
    const title = step.querySelector('h2 a')?.textContent ?? at;
    const offer = part(this, '[data-start-at]');
    offer.hidden = false;
    offer.textContent = fill(textsOf('session').startAt, { step: title });
    offer.addEventListener('click', () => void this.#start({ step: at }), { signal });
  }

  async #run(code: Code): Promise<boolean> {
    this.pane?.open();
    const client = await this.#load();
    return (await client?.run(code)) ?? false;
  }

  /**
   * Says so on the page when the code cannot be loaded, for example because the site has been
   * updated.
   */
  #load(): Promise<SessionClient | undefined> {
    this.#client ??= import('./session/session-client.ts').then(
      ({ SessionClient }) => new SessionClient(this, this.#lab),
      () => {
        this.#client = undefined;
        setText(part(this, '[data-note]'), textsOf('session').notLoaded);
        return undefined;
      },
    );
    return this.#client;
  }
}
