import { fill } from '../../i18n/fill.ts';
import { h, setHidden, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';
import type { ShownNode, ShownPod } from './cluster-model.ts';
import { KeyedList, type View } from './keyed-list.ts';
import { glow } from './motion.ts';
import { shapes, type PodView } from './pod-view.ts';

/**
 * With more pods than this, a node shows them as squares. Their text stays for screen readers and
 * in the title.
 */
const COMPACT_PODS = 24;

/** A node with its load and its pods. `newPod` creates their views. */
export class NodeView implements View<ShownNode> {
  readonly element: HTMLElement;
  readonly #name = h('span', {});
  readonly #state = h('span', { class: 'map-state' });
  readonly #load = h('div', { class: 'map-load', role: 'img' });
  readonly #bars = [h('i', {}), h('i', {})] as const;
  readonly #empty = h('p', { class: 'map-empty' });
  readonly #pods: KeyedList<ShownPod>;
  #status: string | undefined;

  constructor(newPod: () => PodView | undefined) {
    const texts = textsOf('map');
    this.#pods = new KeyedList(h('ul', { class: 'pods' }), ({ uid }) => uid, newPod);
    const [cpu, memory] = this.#bars;
    this.#load.append(
      h('span', {}, texts.cpu, h('b', {}, cpu)),
      h('span', {}, texts.memory, h('b', {}, memory)),
    );
    this.#empty.textContent = texts.empty;
    this.element = h(
      'li',
      { class: 'map-node' },
      h(
        'p',
        { class: 'map-head' },
        h(
          'span',
          { class: 'map-name' },
          h('span', { class: 'visually-hidden' }, `${texts.node} `),
          this.#name,
        ),
        this.#state,
      ),
      this.#load,
      this.#pods.parent,
      this.#empty,
    );
  }

  update(node: ShownNode): void {
    this.#pods.sync(node.pods);
    setHidden(this.#empty, node.pods.length > 0);
    setHidden(this.#pods.parent, node.pods.length === 0);
    this.element.toggleAttribute('data-compact', node.pods.length > COMPACT_PODS);
    this.#showLoad(node.load);
    if (this.#status === node.status) return;
    if (this.#status !== undefined) glow(this.element);
    this.#status = node.status;
    this.element.dataset.tone = node.tone;
    this.element.toggleAttribute('data-cordoned', node.isCordoned);
    setText(this.#name, node.name);
    const isReady = node.status.split(',')[0] === 'Ready';
    const state = [
      isReady ? '' : `${shapes.bad} ${node.status.split(',')[0] ?? ''}`,
      node.isCordoned ? `⊘ ${textsOf('map').cordoned}` : '',
    ];
    setText(this.#state, state.filter(Boolean).join(' · '));
  }

  #showLoad(load: ShownNode['load']): void {
    setHidden(this.#load, load === undefined);
    if (load === undefined) return;
    const cpu = Math.round(load.cpu * 100);
    const memory = Math.round(load.memory * 100);
    const label = fill(textsOf('map').load, { cpu, memory });
    if (this.#load.title === label) return;
    this.#load.title = label;
    this.#load.setAttribute('aria-label', label);
    const [cpuBar, memoryBar] = this.#bars;
    cpuBar.style.transform = `scaleX(${load.cpu})`;
    memoryBar.style.transform = `scaleX(${load.memory})`;
  }
}
