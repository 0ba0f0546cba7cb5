import { fill } from '../../i18n/fill.ts';
import type { Session, SessionStage } from '../../protocol/session.ts';
import { button, h } from '../dom.ts';
import type { Problem } from '../problem.ts';
import { stageMarks } from '../stage-marks.ts';
import { textsOf } from '../texts.ts';
import { startProgress } from './start-progress.ts';

/** The stages of a start with their times. `sinceSeconds` is the age of `session`. */
export function startingView(session: Session, sinceSeconds: number): HTMLElement[] {
  const texts = textsOf('session');
  const progress = startProgress(session.stages, sinceSeconds);
  return [
    h('h3', {}, texts.startingTitle),
    ...(session.state === 'queued' ? [h('p', {}, texts.queued)] : []),
    ...(progress === undefined
      ? []
      : [h('progress', { value: String(progress), 'aria-label': texts.startingTitle })]),
    h('ol', { class: 'stages' }, ...session.stages.map((stage) => stageLine(stage, sinceSeconds))),
  ];
}

function stageLine(stage: SessionStage, sinceSeconds: number): HTMLElement {
  const texts = textsOf('session');
  const { state, expectedSeconds } = stage;
  const seconds = stage.seconds + (state === 'running' ? sinceSeconds : 0);
  const inSeconds = (n: number) => fill(texts.seconds, { n: n.toFixed(n < 10 ? 1 : 0) });
  const usual =
    expectedSeconds === undefined ? '' : fill(texts.usually, { time: inSeconds(expectedSeconds) });
  const taken = state === 'waiting' ? '' : inSeconds(seconds);
  const time = state === 'done' ? taken : [taken, usual].filter(Boolean).join(' · ');
  return h(
    'li',
    { 'data-state': state },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, stageMarks[state]),
    h(
      'span',
      {},
      texts.stage[stage.id],
      h('span', { class: 'visually-hidden' }, ` (${texts.stageState[state]})`),
    ),
    h('span', { class: 'time' }, time),
  );
}

/** A single sentence, when there is nothing else to show. */
export function waitingView(text: string): HTMLElement[] {
  return [h('p', { class: 'note' }, text)];
}

/** Why a session ended or failed, with a button for the next one. */
export function endView(
  session: Session,
  problem: Problem | undefined,
  again: () => void,
): HTMLElement[] {
  const texts = textsOf('session');
  const reason = session.end?.reason ?? 'lost';
  const stage = session.stages.find((each) => each.state === 'failed');
  const hasFailed = session.state === 'failed';
  return [
    h('h3', {}, hasFailed ? texts.failedTitle : texts.ended),
    ...(hasFailed ? [] : [h('p', {}, texts.reason[reason])]),
    ...(stage === undefined
      ? []
      : [h('p', {}, fill(texts.failedStage, { stage: texts.stage[stage.id] }))]),
    ...(problem === undefined ? [] : problemLines(problem)),
    actions(button(hasFailed ? texts.retry : texts.again, 'button primary', again)),
  ];
}

/** Why a session could not be created or resumed. */
export function problemView(problem: Problem, label: string, again: () => void): HTMLElement[] {
  const { title, ...rest } = problem;
  return [
    h('h3', {}, title),
    ...problemLines({ ...rest, title: '' }),
    actions(button(label, 'button primary', again)),
  ];
}

function problemLines({ title, message, hint, code }: Problem): HTMLElement[] {
  return [
    ...(title === '' ? [] : [h('p', {}, h('strong', {}, title))]),
    h('p', {}, message),
    h('p', {}, hint),
    ...(code === undefined
      ? []
      : [h('p', { class: 'code-name' }, `${textsOf('errors').code}: `, h('code', {}, code))]),
  ];
}

export function actions(...buttons: HTMLElement[]): HTMLElement {
  return h('div', { class: 'actions' }, ...buttons);
}

/** Asks before everything is deleted. Resolves with the answer; Escape means no. */
export async function confirmEnd(): Promise<boolean> {
  const { endTitle, endBody, endYes, endNo } = textsOf('session');
  return confirm({ title: endTitle, body: endBody, yes: endYes, no: endNo });
}

/** Asks before a cluster is replaced. Resolves with the answer; Escape means no. */
export async function confirmAt(): Promise<boolean> {
  const { atTitle, atBody, atYes, endNo } = textsOf('session');
  return confirm({ title: atTitle, body: atBody, yes: atYes, no: endNo });
}

async function confirm(texts: {
  title: string;
  body: string;
  yes: string;
  no: string;
}): Promise<boolean> {
  const dialog = h('dialog', { class: 'confirm', 'aria-labelledby': 'confirm-title' });
  dialog.append(
    h('h2', { id: 'confirm-title' }, texts.title),
    h('p', {}, texts.body),
    actions(
      button(texts.yes, 'button primary', () => dialog.close('yes')),
      button(texts.no, 'button', () => dialog.close('no')),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  dialog.remove();
  return dialog.returnValue === 'yes';
}
