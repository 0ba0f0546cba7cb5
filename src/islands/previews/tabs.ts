import { h } from '../dom.ts';

/** Where each key leads from a tab. */
const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_at, count) => count - 1,
};

/** A row of tabs: arrow keys move along it, Enter and a click select. */
export class Tabs {
  readonly element: HTMLElement;
  readonly #onSelect: (id: string) => void;
  readonly #tabs = new Map<string, HTMLButtonElement>();
  #selected = '';

  constructor(label: string, onSelect: (id: string) => void) {
    this.#onSelect = onSelect;
    this.element = h('div', { role: 'tablist', class: 'tabs', 'aria-label': label });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
  }

  /** Adds a tab for a panel. The panel needs an id. */
  add(id: string, title: string, panel: HTMLElement): void {
    const tab = h(
      'button',
      {
        ...{ type: 'button', role: 'tab', class: 'tab', id: `tab-${id}` },
        ...{ 'aria-controls': panel.id, 'aria-selected': 'false', tabindex: '-1' },
      },
      title,
    );
    tab.addEventListener('click', () => this.select(id));
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    this.#tabs.set(id, tab);
    this.element.append(tab);
  }

  /** Selects a tab; does nothing for an unknown id. */
  select(id: string): void {
    if (!this.#tabs.has(id)) return;
    this.#selected = id;
    for (const [each, tab] of this.#tabs) {
      tab.setAttribute('aria-selected', String(each === id));
      tab.tabIndex = each === id ? 0 : -1;
    }
    this.#onSelect(id);
  }

  /** Focuses the selected tab. */
  focus(): void {
    const tab = this.#tabs.get(this.#selected);
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    tab?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const tabs = [...this.#tabs.values()];
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    const to = STEPS[event.key]?.(at, tabs.length);
    if (at === -1 || to === undefined) return;
    event.preventDefault();
    tabs[to]?.focus();
  }
}
