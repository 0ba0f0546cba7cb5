import { fill } from '../../i18n/fill.ts';
import { h, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';
import type { Mark, ShownPod, Tone } from './cluster-model.ts';
import type { View } from './keyed-list.ts';
import { appear, glow } from './motion.ts';

/** The shape of each tone: color alone must not distinguish them. */
export const shapes: Record<Tone, string> = {
  good: '●',
  busy: '◌',
  bad: '✕',
  gone: '◌',
  done: '✓',
};

/** A pod with its state and the letters of its Services. */
export class PodView implements View<ShownPod> {
  readonly element: HTMLElement;
  readonly #name = h('span', { class: 'map-name' });
  readonly #shape = h('span', { class: 'shape', 'aria-hidden': 'true' });
  readonly #state = h('span', { class: 'map-text' });
  readonly #why = h('span', { class: 'map-why' });
  readonly #marks = h('span', { class: 'marks' });
  /** What is drawn now. */
  #shown = '';
  #look = '';

  constructor(isNew: boolean) {
    this.element = h(
      'li',
      { class: 'map-pod' },
      h('span', { class: 'map-head' }, this.#name, this.#marks),
      h('span', { class: 'map-line' }, this.#shape, this.#state),
      this.#why,
    );
    if (isNew) appear(this.element);
  }

  update(pod: ShownPod): void {
    const texts = textsOf('map');
    const notReady = pod.tone === 'busy' && pod.status === 'Running' ? texts.notReady : '';
    const restarts = pod.restarts > 0 ? fill(texts.restarts, { n: pod.restarts }) : '';
    const state = [pod.status, notReady, restarts].filter(Boolean).join(' · ');
    const why = pod.tone === 'good' || pod.tone === 'done' ? '' : (pod.why ?? '');
    const marks = pod.marks.map(({ letter, ready }) => letter + String(ready)).join();
    const look = [state, why].join('\n');
    const shown = [look, marks, pod.tone].join('\n');
    if (shown === this.#shown) return;
    if (this.#look !== '' && this.#look !== look) glow(this.element);
    this.#shown = shown;
    this.#look = look;
    const namespace = pod.namespace === 'default' ? '' : `${pod.namespace ?? ''}/`;
    this.element.dataset.tone = pod.tone;
    this.element.dataset.uid = pod.uid;
    this.element.title = [`${namespace}${pod.name}`, state, why].filter(Boolean).join('\n');
    setText(this.#name, namespace + pod.name);
    setText(this.#shape, shapes[pod.tone]);
    setText(this.#state, state);
    setText(this.#why, why);
    this.#marks.replaceChildren(...pod.marks.map(markOf));
  }
}

function markOf({ letter, service, ready }: Mark): HTMLElement {
  const texts = textsOf('map');
  const words = fill(ready ? texts.getsTraffic : texts.getsNoTraffic, { service });
  return h(
    'span',
    { class: 'mark-letter', 'data-ready': String(ready), title: words },
    h('span', { 'aria-hidden': 'true' }, letter),
    h('span', { class: 'visually-hidden' }, words),
  );
}
