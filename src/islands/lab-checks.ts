import { fill } from '../i18n/fill.ts';
import { progressIn } from '../lessons/progress.ts';
import type { CheckResult, Evidence } from '../protocol/checks.ts';
import { announce, h, part, setText } from './dom.ts';
import { on } from './events.ts';
import { markStepsDone } from './steps-done.ts';
import { StepChecks, type Outcome } from './step-checks.ts';
import { browserStorage } from './storage.ts';
import { textsOf } from './texts.ts';

interface Step {
  id: string;
  element: HTMLElement;
  title: string;
  /** The checks' elements, by id. */
  checks: Map<string, HTMLElement>;
  state: StepChecks;
}

/**
 * `<lab-checks>` around a lesson's text: ticks the checks of its steps as the cluster passes them,
 * and remembers completed steps.
 */
export class LabChecks extends HTMLElement {
  #life = new AbortController();
  #steps: Step[] = [];
  #session: string | undefined;
  #progress = progressIn(browserStorage);

  connectedCallback(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    this.#reset();
    on('lab:check', (result) => this.#accept(result), signal);
    on(
      'lab:session',
      (session) => {
        if (session === undefined || session.id === this.#session) return;
        this.#session = session.id;
        this.#reset();
      },
      signal,
    );
    this.addEventListener('click', (event) => this.#onClick(event.target), { signal });
    on('lab:ran', ({ block }) => this.#start(block), signal);
  }

  disconnectedCallback(): void {
    this.#life.abort();
  }

  get #lab(): string {
    return this.dataset.lab ?? '';
  }

  #reset(): void {
    this.#steps = [...this.querySelectorAll<HTMLElement>('[data-step]')].map(readStep);
    for (const step of this.#steps) this.#show(step);
    markStepsDone(this);
  }

  #onClick(target: EventTarget | null): void {
    if (target instanceof Element && target.closest('[data-run]') !== null) this.#start(target);
  }

  #start(target: Element): void {
    const id = target.closest<HTMLElement>('[data-step]')?.dataset.step;
    const step = this.#steps.find((each) => each.id === id);
    if (step === undefined || this.#session === undefined) return;
    step.state.start();
    this.#show(step);
  }

  #accept(result: CheckResult): void {
    const step = this.#steps.find((each) => each.id === result.step);
    if (step === undefined) return;
    const wasComplete = step.state.complete;
    step.state.accept(result, step === this.#turn());
    this.#show(step);
    if (step.state.complete && !wasComplete) this.#complete(step);
  }

  /** The first step that is not complete. */
  #turn(): Step | undefined {
    const done = this.#progress.stepsDone(this.#lab);
    return this.#steps.find(
      (step) => step.checks.size > 0 && !step.state.complete && !done.has(step.id),
    );
  }

  #complete(step: Step): void {
    this.#progress.complete(this.#lab, step.id);
    setText(part(step.element, '[data-step-done]'), `✓ ${textsOf('checks').pass}`);
    announce(fill(textsOf('checks').stepDone, { step: step.title }));
  }

  #show(step: Step): void {
    for (const [id, element] of step.checks) {
      showCheck(element, step.state.outcome(id), step.state.result(id));
    }
  }
}

function readStep(element: HTMLElement): Step {
  const checks = new Map(
    [...element.querySelectorAll<HTMLElement>('[data-check]')].map((check) => [
      check.dataset.check ?? '',
      check,
    ]),
  );
  return {
    id: element.dataset.step ?? '',
    element,
    title: element.querySelector('h2 a')?.textContent ?? '',
    checks,
    state: new StepChecks([...checks.keys()]),
  };
}

function showCheck(element: HTMLElement, outcome: Outcome, result: CheckResult | undefined): void {
  const texts = textsOf('checks');
  const before = element.dataset.outcome;
  element.dataset.outcome = outcome;
  setText(part(element, '[data-check-state]'), `(${texts[outcome]})`);
  if (outcome === 'pass' && before !== 'pass') {
    const check = element.querySelector('[data-check-text]')?.textContent.trim() ?? '';
    announce(fill(texts.passed, { check }));
  }
  const detail = part(element, '[data-check-detail]');
  if (outcome === 'fail' && result?.evidence !== undefined) showEvidence(detail, result.evidence);
  else if (outcome === 'error') {
    const problem = [texts.error, '. ', texts.errorLong].join('');
    detail.replaceChildren(
      h('p', { class: 'problem' }, problem),
      h('p', { class: 'problem' }, result?.problem),
    );
  } else detail.replaceChildren();
}

/** Updates the details in place, so that what the reader has opened stays open. */
function showEvidence(detail: HTMLElement, { expected, seen, events }: Evidence): void {
  const texts = textsOf('checks');
  let box = detail.querySelector('details');
  if (box === null) {
    box = h('details', { class: 'evidence' }, h('summary', {}, texts.missing), h('dl'));
    detail.replaceChildren(box);
  }
  const rows: [string, string[]][] = [
    [texts.expected, [expected]],
    [texts.seen, seen],
    [texts.events, events.map((event) => `${event.reason}  ${event.object}\n${event.message}`)],
  ];
  part(box, 'dl').replaceChildren(
    ...rows
      .filter(([, lines]) => lines.length > 0)
      .flatMap(([name, lines]) => [
        h('dt', {}, name),
        ...lines.map((line) => h('dd', {}, h('code', {}, line))),
      ]),
  );
}
