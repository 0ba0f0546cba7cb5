import { part, setText } from './dom.ts';
import { hear } from './events.ts';
import type { Pane } from './pane.ts';
import { pageState } from './page-state.ts';
import type { LiveSession } from './session/live-session.ts';
import { sessionMemory } from './session/session-memory.ts';
import { startObstacle } from './start-obstacle.ts';
import { language, textsOf } from './texts.ts';

/**
 * `<lab-session>`: the way from "read" to "try". Until the learner wants a session, or has one from before, it is a button; what
 * runs a session is loaded only then.
 */
export class LabSession extends HTMLElement {
  pane: Pane | undefined;
  #life = new AbortController();
  #live: Promise<LiveSession> | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    hear('lab:availability', () => this.#showObstacle(), signal);
    hear('lab:start', ({ code }) => void this.#start(code), signal);
    hear('lab:run', ({ code, onDone }) => void this.#run(code).then(onDone), signal);
    part(this, '[data-start]').addEventListener('click', () => void this.#start(), { signal });
    const before = sessionMemory(this.#lab).get();
    if (before !== undefined) void this.#load().then((live) => live.resume(before));
  }

  disconnectedCallback(): void {
    this.#life.abort();
    void this.#live?.then((live) => live.dispose());
    this.#live = undefined;
  }

  get #lab(): string {
    return this.dataset.lab ?? '';
  }

  #obstacle(): string | undefined {
    return startObstacle(pageState.availability, textsOf('session'), language());
  }

  #showObstacle(): void {
    const obstacle = this.#obstacle();
    part(this, '[data-start]').setAttribute('aria-disabled', String(obstacle !== undefined));
    setText(part(this, '[data-note]'), obstacle ?? '');
  }

  async #start(code?: string): Promise<void> {
    this.pane?.open();
    if (pageState.session === undefined && this.#obstacle() !== undefined) return;
    const live = await this.#load();
    await live.start(code);
  }

  async #run(code: string): Promise<boolean> {
    this.pane?.open();
    const live = await this.#load();
    return live.run(code);
  }

  #load(): Promise<LiveSession> {
    this.#live ??= import('./session/live-session.ts').then(
      ({ LiveSession }) => new LiveSession(this, this.#lab),
    );
    return this.#live;
  }
}
