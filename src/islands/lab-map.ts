import { fill } from '../i18n/fill.ts';
import type { ClusterObject } from '../protocol/events.ts';
import { applyChange, toPicture, type ClusterPicture, type Shown } from './cluster-model.ts';
import { h, setText } from './dom.ts';
import { hear } from './events.ts';
import { textsOf } from './texts.ts';

/** The shape of each tone: colour is never all that tells them apart. */
const shapes: Record<Shown['tone'], string> = {
  good: '●',
  busy: '◌',
  bad: '✕',
  gone: '◌',
  done: '✓',
};

/**
 * `<lab-map>`: the session's nodes and pods as they are now, in the looks of the lessons' diagrams. Lists rather than a drawing:
 * they wrap to the width of the pane, and a screen reader walks them as nodes that hold pods.
 */
class LabMap extends HTMLElement {
  #life = new AbortController();
  #objects = new Map<string, ClusterObject>();
  #drawn = new Set<string>();
  #frame: number | undefined;

  connectedCallback(): void {
    this.#life = new AbortController();
    hear(
      'lab:cluster',
      (change) => {
        applyChange(this.#objects, change);
        if (change.type === 'reset') this.#drawn = new Set(this.#objects.keys());
        this.#frame ??= requestAnimationFrame(() => this.#draw());
      },
      this.#life.signal,
    );
  }

  disconnectedCallback(): void {
    this.#life.abort();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #draw(): void {
    this.#frame = undefined;
    const texts = textsOf('map');
    const picture = toPicture(this.#objects.values());
    const summary = this.parentElement?.querySelector('[data-map-summary]');
    const count = fill(texts.summary, { nodes: picture.nodes.length, pods: picture.pods });
    if (summary) setText(summary, count);
    this.replaceChildren(
      h('ul', { class: 'nodes' }, ...picture.nodes.map((each) => this.#node(each))),
      ...(picture.unscheduled.length === 0 ? [] : [this.#unscheduled(picture.unscheduled)]),
    );
    this.#drawn = new Set(this.#objects.keys());
  }

  #node({ node, pods, systemPods }: ClusterPicture['nodes'][number]): HTMLElement {
    const texts = textsOf('map');
    return h(
      'li',
      { class: 'map-node', 'data-tone': node.tone },
      h(
        'span',
        { class: 'map-name' },
        h('span', {}, h('span', { class: 'visually-hidden' }, `${texts.node} `), node.name),
        h('span', { class: 'map-state' }, node.ready ? '' : `${shapes.bad} ${node.status}`),
      ),
      pods.length === 0
        ? h('p', { class: 'map-empty' }, texts.empty)
        : h('ul', { class: 'pods' }, ...pods.map((pod) => this.#pod(pod))),
      systemPods > 0 && h('p', { class: 'map-system' }, fill(texts.system, { n: systemPods })),
    );
  }

  #unscheduled(pods: Shown[]): HTMLElement {
    return h(
      'div',
      { class: 'map-unscheduled' },
      h('p', { class: 'map-empty' }, textsOf('map').unscheduled),
      h('ul', { class: 'nodes' }, ...pods.map((pod) => this.#pod(pod))),
    );
  }

  #pod(pod: Shown): HTMLElement {
    const texts = textsOf('map');
    const isNew = this.#drawn.size > 0 && !this.#drawn.has(pod.uid);
    const restarts = pod.restarts > 0 ? fill(texts.restarts, { n: pod.restarts }) : '';
    const notReady = pod.tone === 'busy' && pod.status === 'Running' ? texts.notReady : '';
    const state = [pod.status, notReady, restarts].filter(Boolean).join(' · ');
    return h(
      'li',
      { class: 'map-pod', 'data-tone': pod.tone, ...(isNew ? { 'data-new': '' } : {}) },
      h(
        'span',
        { class: 'map-name' },
        h('span', {}, h('span', { class: 'visually-hidden' }, `${texts.pod} `), pod.name),
        pod.namespace !== 'default' && h('span', { class: 'map-state' }, pod.namespace),
      ),
      h(
        'span',
        { class: 'map-line' },
        h('span', { class: 'shape', 'aria-hidden': 'true' }, shapes[pod.tone]),
        state,
      ),
    );
  }
}

/** Makes `<lab-map>` known to the page; more than once does no harm. */
export function defineMap(): void {
  if (customElements.get('lab-map') === undefined) customElements.define('lab-map', LabMap);
}
