import { fill } from '../../i18n/fill.ts';
import { openPreview } from '../api.ts';
import { h } from '../dom.ts';
import { problemOf } from '../problem.ts';
import { problemView, waitingView } from '../session/session-view.ts';
import { language, textsOf } from '../texts.ts';

/** What a pod's page may do in its frame. Not: move the lesson away from around it. */
const ALLOWED = [
  ...['allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-modals', 'allow-downloads'],
  ...['allow-popups', 'allow-popups-to-escape-sandbox'],
];

/** One preview of a session in its place: nothing until it is opened, then a frame. Whoever makes one calls `dispose`. */
export class PreviewPanel {
  readonly title: string;
  readonly element: HTMLElement;
  readonly #sessionId: string;
  readonly #id: string;
  readonly #life = new AbortController();
  #isOpen = false;

  constructor(sessionId: string, { id, title }: { id: string; title: string }) {
    this.#sessionId = sessionId;
    this.#id = id;
    this.title = title;
    this.element = h('div', { class: 'part-body preview-host', id: `preview-${id}`, hidden: '' });
  }

  /** Opens it, unless that has been done. */
  async open(): Promise<void> {
    if (!this.#isOpen) await this.reload();
  }

  /** Opens it anew, where its lab says that it begins. */
  async reload(): Promise<void> {
    const texts = textsOf('previews');
    const { title } = this;
    this.#isOpen = true;
    this.element.replaceChildren(...waitingView(fill(texts.opening, { title })));
    try {
      const src = await this.#address();
      const sandbox = ALLOWED.join(' ');
      this.element.replaceChildren(
        h('iframe', {
          src,
          title,
          sandbox,
          referrerpolicy: 'no-referrer',
          allow: 'clipboard-write',
        }),
      );
    } catch (error) {
      this.#isOpen = false;
      const problem = problemOf(error, textsOf('errors'));
      const again = (): void => void this.reload();
      this.element.replaceChildren(
        h(
          'div',
          { class: 'preview-problem' },
          ...problemView(problem, textsOf('session').retry, again),
        ),
      );
    }
  }

  /** A tab has cookies of its own, so it takes an address of its own. The tab is made at once: later, browsers take it for an advertisement. */
  async openInTab(): Promise<void> {
    const tab = open('about:blank', '_blank');
    if (tab === null) return;
    tab.opener = null;
    try {
      tab.location.replace(await this.#address());
    } catch {
      tab.close();
      await this.reload();
    }
  }

  dispose(): void {
    this.#life.abort();
    this.element.remove();
  }

  async #address(): Promise<string> {
    return openPreview(this.#sessionId, { id: this.#id, language: language() }, this.#life.signal);
  }
}
