import type { SearchAddon } from '@xterm/addon-search';
import { fill } from '../../i18n/fill.ts';
import { button, h, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';

/** The addon needs colors that do not depend on the theme. */
const decorations = {
  matchBackground: '#6b5a1e',
  matchOverviewRuler: '#a98532',
  activeMatchBackground: '#a2570f',
  activeMatchColorOverviewRuler: '#a2570f',
};

/**
 * The bar that searches the terminal's output: Enter finds the previous match, Shift+Enter the
 * next, Escape closes.
 */
export class SearchBar {
  readonly element: HTMLFormElement;
  readonly #search: SearchAddon;
  readonly #input: HTMLInputElement;
  readonly #count: HTMLElement;
  readonly #leave: () => void;

  /** `leave` is called when the bar closes; it moves the focus. */
  constructor(search: SearchAddon, leave: () => void) {
    const texts = textsOf('session').terminal;
    this.#search = search;
    this.#leave = leave;
    this.#input = h('input', { type: 'search', 'aria-label': texts.search, spellcheck: 'false' });
    this.#count = h('span', { class: 'note', role: 'status' });
    this.element = h(
      'form',
      { class: 'terminal-search', role: 'search', hidden: '' },
      this.#input,
      this.#count,
      this.#step('↑', texts.searchPrevious, () => this.#find('back')),
      this.#step('↓', texts.searchNext, () => this.#find('on')),
      this.#step('✕', texts.searchClose, () => this.close()),
    );
    this.element.addEventListener('submit', (event) => event.preventDefault());
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#input.addEventListener('input', () => this.#find('back'));
    search.onDidChangeResults(({ resultIndex, resultCount }) => {
      const n = resultCount - resultIndex;
      const found = resultIndex < 0 ? String(resultCount) : fill(texts.found, { n, resultCount });
      const none = this.#input.value === '' ? '' : texts.foundNone;
      setText(this.#count, resultCount === 0 ? none : found);
    });
  }

  open(): void {
    this.element.hidden = false;
    this.#input.focus();
    this.#input.select();
  }

  close(): void {
    this.element.hidden = true;
    this.#search.clearDecorations();
    this.#leave();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter' && event.target === this.#input) {
      this.#find(event.shiftKey ? 'on' : 'back');
    } else return;
    event.preventDefault();
  }

  #find(direction: 'back' | 'on'): void {
    const text = this.#input.value;
    if (text === '') this.#search.clearDecorations();
    else if (direction === 'on') this.#search.findNext(text, { decorations });
    else this.#search.findPrevious(text, { decorations });
    if (text === '') setText(this.#count, '');
  }

  #step(sign: string, label: string, act: () => void): HTMLElement {
    const element = button(sign, 'quiet', act);
    element.setAttribute('aria-label', label);
    element.title = label;
    return element;
  }
}
