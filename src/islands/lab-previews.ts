import { fill } from '../i18n/fill.ts';
import { button, h, part } from './dom.ts';
import { on } from './events.ts';
import { pageState } from './page-state.ts';
import { PreviewPanel } from './previews/preview-panel.ts';
import { Tabs } from './previews/tabs.ts';
import { isUsable } from './session/usable.ts';
import { textsOf } from './texts.ts';

/** Not a valid id of a preview. */
const TERMINAL = '_terminal';

/**
 * `<lab-previews>` in the head of the terminal's part: tabs for the terminal and for each preview
 * in the text, while there is a session. A preview is loaded when its tab is first selected, and
 * kept while another is shown.
 */
export class LabPreviews extends HTMLElement {
  #life = new AbortController();
  #tabs: Tabs | undefined;
  readonly #panels = new Map<string, PreviewPanel>();
  readonly #tools = h('span', { class: 'preview-tools' });
  #sessionId: string | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    on('lab:session', () => this.#follow(), signal);
    on('lab:open-preview', ({ id }) => this.#openFromText(id), signal);
    this.#follow();
  }

  disconnectedCallback(): void {
    this.#life.abort();
    this.#clear();
  }

  get #part(): HTMLElement {
    const found = this.closest<HTMLElement>('[data-part]');
    if (found === null) throw new Error('lab-previews stands in the head of a part.');
    return found;
  }

  /** A new session starts without the previews of the last one. */
  #follow(): void {
    const { session } = pageState;
    const id = isUsable(session) ? session?.id : undefined;
    if (id === this.#sessionId) return;
    this.#clear();
    this.#sessionId = id;
    if (id !== undefined) this.#build(id);
  }

  #clear(): void {
    for (const panel of this.#panels.values()) panel.dispose();
    this.#panels.clear();
    this.#tabs = undefined;
    this.replaceChildren();
    const terminal = part(this.#part, '[data-terminal]');
    terminal.removeAttribute('role');
    terminal.removeAttribute('aria-labelledby');
    this.#part.removeAttribute('data-view');
    this.#part.removeAttribute('data-tabs');
  }

  #build(sessionId: string): void {
    const named = [...document.querySelectorAll<HTMLElement>('lab-preview')];
    if (named.length === 0) return;
    const tabs = new Tabs(textsOf('previews').views, (id) => this.#show(id));
    tabs.add(TERMINAL, textsOf('pane').terminal, part(this.#part, '[data-terminal]'));
    for (const { dataset } of named) {
      const { preview: id = '', title = '' } = dataset;
      if (this.#panels.has(id)) continue;
      const panel = new PreviewPanel(sessionId, { id, title });
      this.#panels.set(id, panel);
      tabs.add(id, title, panel.element);
      this.#part.append(panel.element);
    }
    this.#tabs = tabs;
    this.#part.dataset.tabs = '';
    this.replaceChildren(tabs.element, this.#tools);
    tabs.select(TERMINAL);
  }

  #show(id: string): void {
    const shown = this.#panels.get(id);
    this.#part.dataset.view = shown === undefined ? 'terminal' : 'preview';
    for (const panel of this.#panels.values()) panel.element.hidden = panel !== shown;
    this.#tools.replaceChildren(...(shown === undefined ? [] : tools(shown)));
    void shown?.open();
  }

  #openFromText(id: string): void {
    const toggle = part(this.#part, '[data-part-toggle]');
    if (toggle.getAttribute('aria-expanded') === 'false') toggle.click();
    this.#tabs?.select(id);
    this.#tabs?.focus();
  }
}

function tools(panel: PreviewPanel): HTMLElement[] {
  const texts = textsOf('previews');
  const tool = (sign: string, label: string, act: () => void): HTMLElement => {
    const element = button(sign, 'quiet', act);
    element.setAttribute('aria-label', label);
    element.title = label;
    return element;
  };
  const { title } = panel;
  return [
    tool('↻', fill(texts.reload, { title }), () => void panel.reload()),
    tool('↗', fill(texts.ownTab, { title }), () => void panel.openInTab()),
  ];
}
