import { fillPlural } from '../../i18n/fill.ts';
import { h, setText } from '../dom.ts';
import { language, textsOf } from '../texts.ts';
import type { ShownService } from './cluster-model.ts';
import { KeyedList, type View } from './keyed-list.ts';
import { appear, glow } from './motion.ts';

type End = ShownService['behind'][number];

interface Dot {
  place: number;
  ready: boolean;
}

/**
 * A Service: its address, and which pods get traffic. `light` is called with it while the pointer
 * or the focus is on it.
 */
export class ServiceView implements View<ShownService> {
  readonly element: HTMLElement;
  readonly #letter = h('span', {
    class: 'mark-letter',
    'data-ready': 'true',
    'aria-hidden': 'true',
  });
  readonly #name = h('span', {});
  readonly #type = h('span', { class: 'map-state' });
  readonly #address = h('p', { class: 'map-address' });
  readonly #ends = h('span', { class: 'ends', 'aria-hidden': 'true' });
  readonly #traffic = h('span', {});
  readonly #list = h('ul', { class: 'visually-hidden' });
  /** By index, so that a pod that replaces another moves nothing. */
  readonly #dots = new KeyedList<Dot>(
    this.#ends,
    ({ place }) => String(place),
    () => new DotView(),
  );
  readonly #lines = new KeyedList<End>(
    this.#list,
    ({ key }) => key,
    () => new LineView(),
  );
  #shown = '';

  constructor(light: (service: ShownService | undefined) => void, isNew: boolean) {
    this.element = h(
      'li',
      { class: 'map-service', tabindex: '0' },
      h(
        'p',
        { class: 'map-head' },
        h(
          'span',
          { class: 'map-name' },
          this.#letter,
          h('span', { class: 'visually-hidden' }, `${textsOf('map').service} `),
          this.#name,
        ),
        this.#type,
      ),
      this.#address,
      h('p', { class: 'map-line' }, this.#ends, this.#traffic),
      this.#list,
    );
    for (const event of ['pointerenter', 'focus'])
      this.element.addEventListener(event, () => light(this.#service));
    for (const event of ['pointerleave', 'blur'])
      this.element.addEventListener(event, () => light(undefined));
    if (isNew) appear(this.element);
  }

  #service: ShownService | undefined;

  update(service: ShownService): void {
    this.#service = service;
    const { name, letter, status, addresses = [], ports = [], behind } = service;
    const shown = JSON.stringify([name, letter, status, addresses, ports, behind]);
    if (shown === this.#shown) return;
    if (this.#shown !== '') glow(this.#ends);
    this.#shown = shown;
    const texts = textsOf('map');
    const ready = behind.filter((each) => each.ready).length;
    this.element.dataset.tone = ready > 0 || behind.length === 0 ? 'good' : 'bad';
    setText(this.#letter, letter);
    setText(
      this.#name,
      service.namespace === 'default' ? name : `${service.namespace ?? ''}/${name}`,
    );
    setText(this.#type, status);
    setText(this.#address, [addresses.join(', '), ports.join(', ')].filter(Boolean).join(' : '));
    const traffic = fillPlural(texts.traffic, ready, language(), { all: behind.length });
    setText(this.#traffic, behind.length === 0 ? texts.noTraffic : traffic);
    this.#dots.sync(behind.map((end, place) => ({ place, ready: end.ready })));
    this.#lines.sync(behind);
  }
}

/** A dot for each endpoint. */
class DotView implements View<Dot> {
  readonly element = h('i');

  update({ ready }: Dot): void {
    const shown = String(ready);
    if (this.element.dataset.ready !== shown) this.element.dataset.ready = shown;
  }
}

/** The same as text for screen readers. */
class LineView implements View<End> {
  readonly element = h('li');

  update({ name, node, ready }: End): void {
    const words = [name, node, ready ? '' : textsOf('map').notReady];
    setText(this.element, words.filter(Boolean).join(', '));
  }
}
