import { fill } from '../../i18n/fill.ts';
import { openPreview } from '../api.ts';
import { h } from '../dom.ts';
import { problemOf } from '../problem.ts';
import { problemView, waitingView } from '../session/session-view.ts';
import { language, textsOf } from '../texts.ts';

/** What a pod's page may do in its frame. It may not navigate the lesson away. */
const ALLOWED = [
  ...['allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-modals', 'allow-downloads'],
  ...['allow-popups', 'allow-popups-to-escape-sandbox'],
];

/** One preview of a session: empty until opened, then a frame. The caller calls `dispose`. */
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

  /** Opens the preview unless it is open. */
  async open(): Promise<void> {
    if (!this.#isOpen) await this.reload();
  }

  /** Opens the preview again, at the path that its lab names. */
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

  /**
   * A tab has its own cookies, so it needs its own address. It opens before that is known: browsers
   * block tabs that open later as pop-ups.
   */
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
