import { h, setHidden, setText } from '../dom.ts';
import { language, textsOf } from '../texts.ts';
import type { LogEntry } from './change-log.ts';
import { changeText } from './change-text.ts';
import { KeyedList, type View } from './keyed-list.ts';
import { appear } from './motion.ts';
import { shapes } from './pod-view.ts';

/** What changed last, newest first, each with the cluster's reason if there is one. */
export class ChangesView {
  readonly element: HTMLElement;
  readonly #none = h('p', { class: 'map-empty' });
  readonly #list: KeyedList<LogEntry>;

  constructor() {
    const texts = textsOf('map');
    const time = new Intl.DateTimeFormat(language(), { timeStyle: 'medium', hourCycle: 'h23' });
    this.#list = new KeyedList(
      h('ol', {}),
      ({ id }) => String(id),
      () => new ChangeView(time),
    );
    this.#none.textContent = texts.noChanges;
    this.element = h(
      'section',
      { class: 'map-changes', 'aria-label': texts.changesTitle },
      h('h3', {}, texts.changesTitle),
      this.#none,
      this.#list.parent,
    );
  }

  update(entries: readonly LogEntry[]): void {
    setHidden(this.#none, entries.length > 0);
    this.#list.sync(entries);
  }
}

class ChangeView implements View<LogEntry> {
  readonly element: HTMLElement;
  readonly #time: Intl.DateTimeFormat;
  readonly #at = h('time', {});
  readonly #shape = h('span', { class: 'shape', 'aria-hidden': 'true' });
  readonly #text = h('span', {});
  readonly #why = h('span', { class: 'map-why', lang: 'en' });
  /** What is drawn now. */
  #shown = '';

  constructor(time: Intl.DateTimeFormat) {
    this.#time = time;
    this.element = h(
      'li',
      {},
      this.#at,
      this.#shape,
      h('span', { class: 'map-change-text' }, this.#text, this.#why),
    );
    appear(this.element);
  }

  update(entry: LogEntry): void {
    const { at, names, why = '' } = entry;
    const shown = `${at} ${names.size} ${why}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.dataset.tone = entry.tone;
    setText(this.#at, this.#time.format(at));
    setText(this.#shape, shapes[entry.tone]);
    setText(this.#text, changeText(entry, textsOf('map'), language()));
    setText(this.#why, why);
    this.element.title = names.size > 1 ? [...names].join('\n') : '';
  }
}
