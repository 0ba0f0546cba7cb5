import { fill, fillPlural } from '../i18n/fill.ts';
import type { ClusterObject } from '../protocol/events.ts';
import { h, setHidden, setText } from './dom.ts';
import { on } from './events.ts';
import { ChangeLog } from './map/change-log.ts';
import { changeText } from './map/change-text.ts';
import { changesOf } from './map/changes.ts';
import { ChangesView } from './map/changes-view.ts';
import {
  applyChange,
  toPicture,
  type ShownNode,
  type ShownPod,
  type ShownService,
} from './map/cluster-model.ts';
import { KeyedList } from './map/keyed-list.ts';
import { NodeView } from './map/node-view.ts';
import { PodView } from './map/pod-view.ts';
import { ServiceView } from './map/service-view.ts';
import { pageState } from './page-state.ts';
import { language, textsOf } from './texts.ts';

/** More new pods are spread over several frames, so that no frame is late. */
const NEW_PODS_A_FRAME = 12;

/**
 * `<lab-map>`: the session's nodes, pods and Services, and what has just changed. Lists instead of
 * a drawing: they wrap to the width of the pane, and screen readers can walk them. It draws at most
 * once a frame, and touches only what differs.
 */
export class LabMap extends HTMLElement {
  #life = new AbortController();
  #sessionId: string | undefined;
  readonly #objects = new Map<string, ClusterObject>();
  readonly #log = new ChangeLog();
  #changes: ChangesView | undefined;
  #services: KeyedList<ShownService> | undefined;
  #nodes: KeyedList<ShownNode> | undefined;
  #unscheduled: KeyedList<ShownPod> | undefined;
  #waiting: HTMLElement | undefined;
  #frame: number | undefined;
  /** Whether something has been drawn: from then on, what appears is new. */
  #isDrawn = false;
  /** How many new pods this frame may add; negative when some must wait for the next. */
  #newPodsLeft = 0;

  connectedCallback(): void {
    this.#life = new AbortController();
    this.#build();
    on(
      'lab:cluster',
      (change) => {
        this.#forgetOtherSessions();
        for (const each of changesOf(this.#objects, change)) this.#log.add(each, Date.now());
        applyChange(this.#objects, change);
        this.#drawSoon();
      },
      this.#life.signal,
    );
  }

  disconnectedCallback(): void {
    this.#life.abort();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #build(): void {
    if (this.#changes !== undefined) return;
    const newPod = () => this.#newPod();
    this.#services = new KeyedList(
      h('ul', { class: 'services' }),
      ({ uid }) => uid,
      () => new ServiceView((service) => this.#light(service), this.#isDrawn),
    );
    this.#nodes = new KeyedList(
      h('ul', { class: 'nodes' }),
      ({ uid }) => uid,
      () => new NodeView(newPod),
    );
    this.#unscheduled = new KeyedList(h('ul', { class: 'pods' }), ({ uid }) => uid, newPod);
    this.#waiting = h(
      'div',
      { class: 'map-unscheduled' },
      h('p', { class: 'map-empty' }, textsOf('map').unscheduled),
      this.#unscheduled.parent,
    );
    this.#changes = new ChangesView();
    this.replaceChildren(
      h('div', { class: 'map-picture' }, this.#services.parent, this.#nodes.parent, this.#waiting),
      this.#changes.element,
    );
  }

  #forgetOtherSessions(): void {
    const id = pageState.session?.id;
    if (id === this.#sessionId) return;
    this.#sessionId = id;
    this.#objects.clear();
    this.#log.clear();
    this.#isDrawn = false;
  }

  #newPod(): PodView | undefined {
    this.#newPodsLeft--;
    return this.#newPodsLeft < 0 ? undefined : new PodView(this.#isDrawn);
  }

  #drawSoon(): void {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = undefined;
    this.#newPodsLeft = NEW_PODS_A_FRAME;
    const picture = toPicture(this.#objects);
    const { entries } = this.#log;
    this.#services?.sync(picture.services);
    this.#nodes?.sync(picture.nodes);
    this.#unscheduled?.sync(picture.unscheduled);
    this.#changes?.update(entries);
    if (this.#services) setHidden(this.#services.parent, picture.services.length === 0);
    if (this.#waiting) setHidden(this.#waiting, picture.unscheduled.length === 0);
    this.#summarize(picture.nodes.length, picture.pods);
    if (this.#newPodsLeft < 0) this.#drawSoon();
    else this.#isDrawn = true;
  }

  /** Updates the head of the map's part, which stays visible when the part is collapsed. */
  #summarize(nodes: number, pods: number): void {
    const texts = textsOf('map');
    const part = this.closest('[data-map]');
    const summary = part?.querySelector('[data-map-summary]');
    if (summary) {
      const counts = {
        nodes: fillPlural(texts.nodes, nodes, language()),
        pods: fillPlural(texts.pods, pods, language()),
      };
      setText(summary, fill(texts.summary, counts));
    }
    const latest = part?.querySelector<HTMLElement>('[data-map-latest]');
    const [entry] = this.#log.entries;
    if (!latest) return;
    latest.dataset.tone = entry?.tone ?? '';
    setText(latest, entry === undefined ? '' : changeText(entry, texts, language()));
  }

  /** Highlights the pods behind a Service. */
  #light(service: ShownService | undefined): void {
    const behind = new Set(service?.behind.map(({ key }) => key));
    for (const pod of this.querySelectorAll<HTMLElement>('.map-pod')) {
      const { uid = '' } = pod.dataset;
      pod.toggleAttribute('data-lit', behind.has(uid));
    }
    this.toggleAttribute('data-lighting', service !== undefined);
  }
}
