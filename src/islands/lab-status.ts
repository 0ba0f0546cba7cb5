import type { PreparationStage } from '../protocol/status.ts';
import {
  fetchAvailability,
  pollDelayMs,
  describeStatus,
  type Availability,
} from './availability.ts';
import { h, part, setText } from './dom.ts';
import { duration } from '../i18n/fill.ts';
import { emit } from './events.ts';
import { stageMarks } from './stage-marks.ts';
import { browserStorage } from './storage.ts';
import { language, textsOf } from './texts.ts';

const TIMEOUT_MS = 8_000;

/**
 * `<lab-status>`: shows the state of the sandbox on every page, and reports it to the other
 * islands. Polls only while the page is visible.
 */
export class LabStatus extends HTMLElement {
  #availability: Availability = { kind: 'unknown' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #life = new AbortController();

  connectedCallback(): void {
    this.#life = new AbortController();
    document.addEventListener('visibilitychange', () => void this.#poll(), {
      signal: this.#life.signal,
    });
    void this.#poll();
  }

  disconnectedCallback(): void {
    this.#life.abort();
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    const { signal } = this.#life;
    const answer = await fetchAvailability(
      this.#availability,
      AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    );
    if (signal.aborted) return;
    this.#availability = answer;
    // A read-only copy opens its pages without an empty pane, and offers nothing to run.
    document.documentElement.toggleAttribute('data-reading', answer.kind === 'reading');
    if (answer.kind === 'reading') browserStorage.setItem('kindlab.reading', 'yes');
    else if (answer.kind === 'up') browserStorage.removeItem('kindlab.reading');
    this.#show();
    emit('lab:availability', answer);
    const delay = pollDelayMs(answer);
    clearTimeout(this.#timer);
    if (delay !== undefined) this.#timer = setTimeout(() => void this.#poll(), delay);
  }

  #show(): void {
    const text = describeStatus(this.#availability, textsOf('status'), language());
    part(this, '.status-button').dataset.tone = text.tone;
    setText(part(this, '[data-label]'), text.label);
    const { progress, message, hint, more } = text;
    part(this, '[popover]').replaceChildren(
      h('h2', {}, text.title),
      ...(message === undefined ? [] : [h('p', { lang: 'en' }, message)]),
      ...text.lines.map((line) => h('p', {}, line)),
      ...(hint === undefined ? [] : [h('p', { class: 'hint', lang: 'en' }, hint)]),
      ...(progress === undefined
        ? []
        : [h('progress', { value: String(progress), 'aria-label': text.title })]),
      ...(more === undefined
        ? []
        : [
            h('p', {}, h('strong', {}, more.title)),
            h('p', { lang: 'en' }, [more.message, more.hint].filter(Boolean).join(' ')),
            ...(more.progress === undefined
              ? []
              : [h('progress', { value: String(more.progress), 'aria-label': more.title })]),
          ]),
      ...this.#notes(),
      ...this.#stages(),
    );
  }

  #notes(): HTMLElement[] {
    if (this.#availability.kind !== 'up') return [];
    return this.#availability.status.sandbox.notes.map(({ title, detail, fix }) =>
      h(
        'div',
        { class: 'shortage', lang: 'en' },
        h('p', {}, h('strong', {}, `${title}:`), ` ${detail}`),
        ...(fix === undefined ? [] : [h('p', { class: 'hint' }, fix)]),
      ),
    );
  }

  #stages(): HTMLElement[] {
    if (this.#availability.kind !== 'up') return [];
    const { state, stages } = this.#availability.status.sandbox;
    if (state === 'ready') return [];
    return [h('ol', { class: 'stages' }, ...stages.map(stageLine))];
  }
}

function stageLine(stage: PreparationStage): HTMLElement {
  const time = stage.seconds >= 1 ? duration(stage.seconds, language()) : '';
  return h(
    'li',
    { 'data-state': stage.state },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, stageMarks[stage.state]),
    h(
      'span',
      {},
      h('span', { lang: 'en' }, stage.title),
      h('span', { class: 'visually-hidden' }, ` (${textsOf('status').stageState[stage.state]})`),
    ),
    h('span', { class: 'time' }, time),
  );
}
