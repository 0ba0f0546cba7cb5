import { fill } from '../../i18n/fill.ts';
import { h, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';
import type { ShownService } from './cluster-model.ts';
import type { View } from './keyed-list.ts';
import { appear, glow } from './motion.ts';

/** A Service: how it is reached, and who behind it gets traffic. `light` is called with its letter while it is pointed at. */
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
    const traffic = behind.length === 0 ? texts.noTraffic : texts.traffic;
    setText(this.#traffic, fill(traffic, { ready, all: behind.length }));
    this.#ends.replaceChildren(...behind.map((end) => h('i', { 'data-ready': String(end.ready) })));
    this.#list.replaceChildren(
      ...behind.map((end) =>
        h(
          'li',
          {},
          [end.name, end.node, end.ready ? '' : texts.notReady].filter(Boolean).join(', '),
        ),
      ),
    );
  }
}
