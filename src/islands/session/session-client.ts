import { fill } from '../../i18n/fill.ts';
import { createSession, endSession, getSession, listen } from '../api.ts';
import { announce, button, part, setText } from '../dom.ts';
import { emit, type Code } from '../events.ts';
import { ApiError, problemFrom, problemOf } from '../problem.ts';
import type { Session } from '../../protocol/session.ts';
import type { SessionEvent } from '../../protocol/events.ts';
import { language, textsOf } from '../texts.ts';
import {
  actions,
  confirmAt,
  confirmEnd,
  endView,
  problemView,
  startingView,
  waitingView,
} from './session-view.ts';
import './session-islands.ts';
import { sessionMemory, type SessionMemory } from './session-memory.ts';
import { TerminalSlot } from './terminal-slot.ts';
import { timeLeft } from './time-left.ts';
import { isUsable } from './usable.ts';

const TICK_MS = 500;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Runs one session at a time in the pane `host`: creates it, follows it to its end, and shows each
 * state. The caller calls `dispose`, which leaves the session running.
 */
export class SessionClient {
  readonly #host: HTMLElement;
  readonly #lab: string;
  readonly #memory: SessionMemory;
  readonly #terminal: TerminalSlot;
  readonly #ticker: ReturnType<typeof setInterval>;
  #session: Session | undefined;
  /** When the session's stages last arrived. */
  #receivedAt = 0;
  /** Ends everything that belongs to the current session. */
  #follow = new AbortController();
  #isStarting = false;
  /** Failed attempts in a row to reach the server or its events. */
  #failures = 0;

  constructor(host: HTMLElement, lab: string) {
    this.#host = host;
    this.#lab = lab;
    this.#memory = sessionMemory(lab);
    this.#terminal = new TerminalSlot(
      part(host, '[data-terminal]'),
      part(host, '[data-connection]'),
    );
    part(host, '[data-end]').addEventListener('click', () => void this.#askToEnd());
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
  }

  dispose(): void {
    clearInterval(this.#ticker);
    this.#follow.abort();
    this.#terminal.close();
  }

  /**
   * Starts a session unless this browser has one. With `step`, one that is ready for that step; it
   * replaces the current session if the learner agrees. `code` runs as soon as there is a prompt.
   */
  async start({ step, code }: { step?: string; code?: Code } = {}): Promise<void> {
    if (this.#isStarting) return;
    if (step !== undefined && this.#session !== undefined) {
      if (!(await confirmAt())) return;
      await this.#end();
    }
    if (code !== undefined) void this.#terminal.run(code);
    if (this.#session !== undefined) return;
    const known = this.#memory.get();
    if (known !== undefined && step === undefined) {
      await this.resume(known);
      return;
    }
    this.#isStarting = true;
    this.#show('waiting', waitingView(textsOf('session').startingTitle));
    try {
      const { signal } = this.#renew();
      const session = await createSession(
        { lab: this.#lab, ...(step === undefined ? {} : { step }) },
        signal,
      );
      this.#memory.keep(session.id);
      this.#set(session, 'queued');
      this.#listen(session.id);
    } catch (error) {
      this.#terminal.close();
      this.#showProblem(error, textsOf('session').retry);
    } finally {
      this.#isStarting = false;
    }
  }

  /** Returns to the session `id` of an earlier visit or another tab, or says why it cannot. */
  async resume(id: string): Promise<void> {
    const texts = textsOf('session');
    const { signal } = this.#renew();
    if (this.#session === undefined) this.#show('waiting', waitingView(texts.returning));
    try {
      this.#set(await getSession(id, signal));
      if (this.#session !== undefined) this.#listen(id);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        this.#forget(id);
        this.#showLost(error);
        return;
      }
      if (this.#session === undefined) this.#show('waiting', waitingView(texts.unreachable));
      this.#resumeLater(id);
    }
  }

  /** Waits longer each time, until an event arrives. */
  #resumeLater(id: string): void {
    const { signal } = this.#follow;
    const delay = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    setTimeout(() => !signal.aborted && void this.resume(id), delay);
  }

  /** Types `code` at the session's prompt. Resolves with whether it was typed. */
  async run(code: Code): Promise<boolean> {
    return (await this.#terminal.run(code)) === 'sent';
  }

  #renew(): AbortController {
    this.#follow.abort();
    this.#follow = new AbortController();
    return this.#follow;
  }

  #listen(id: string): void {
    const { signal } = this.#follow;
    listen(
      id,
      (event) => this.#onEvent(event),
      () => this.#resumeLater(id),
      signal,
    );
  }

  #onEvent(event: SessionEvent): void {
    this.#failures = 0;
    if (event.event === 'session') this.#set(event.data);
    else if (event.event === 'check') emit('lab:check', event.data);
    else if (event.event === 'cluster') emit('lab:cluster', event.data);
    else if (event.event === 'files') emit('lab:files', event.data);
    else announce(event.data.message);
  }

  /** Takes the session as it is now. `before` is the state shown so far. */
  #set(session: Session, before = this.#session?.state): void {
    const isOver = session.state === 'gone' || session.state === 'failed';
    this.#session = session;
    this.#receivedAt = Date.now();
    if (isOver) this.#forget(session.id);
    emit('lab:session', this.#session);
    if (isOver) this.#showEnd(session);
    else if (isUsable(session)) this.#showReady(session, before);
    else if (session.state === 'stopping') this.#showStopping();
    else this.#showStarting(before);
  }

  #forget(id: string): void {
    this.#follow.abort();
    this.#session = undefined;
    this.#memory.forget(id);
    this.#terminal.close();
  }

  /** Shows `content` in the pane. Empty content makes way for the terminal. */
  #show(phase: string, content: HTMLElement[]): void {
    this.#host.dataset.phase = phase;
    part(this.#host, '[data-idle]').hidden = true;
    const view = part(this.#host, '[data-view]');
    view.replaceChildren(...content);
    view.hidden = content.length === 0;
    const isLive = phase === 'live';
    part(this.#host, '[data-live-tools]').hidden = !isLive;
    part(this.#host, '[data-map]').hidden = !isLive;
  }

  #showStarting(before: Session['state'] | undefined): void {
    const view = part(this.#host, '[data-view]');
    if (before === undefined || this.#host.dataset.phase !== 'starting') {
      const cancel = button(textsOf('session').cancel, 'button', () => void this.#end());
      this.#show('starting', [document.createElement('div'), actions(cancel)]);
    }
    const content = view.firstElementChild;
    if (this.#session !== undefined) {
      content?.replaceChildren(...startingView(this.#session, this.#sinceSeconds()));
    }
  }

  #showReady(session: Session, before: Session['state'] | undefined): void {
    if (this.#host.dataset.phase !== 'live') {
      const focusIsFree =
        document.activeElement === document.body || this.#host.contains(document.activeElement);
      this.#show('live', []);
      if (before !== undefined) announce(textsOf('session').live);
      void this.#terminal.open(session.id, before !== undefined && focusIsFree);
    }
    this.#tick();
  }

  #showStopping(): void {
    this.#terminal.close();
    this.#show('waiting', waitingView(textsOf('session').ending));
  }

  #showEnd(session: Session): void {
    const error = session.end?.error;
    const problem = error && problemFrom(error, textsOf('errors'));
    this.#show(
      'over',
      endView(session, problem, () => void this.start()),
    );
    announce(part(this.#host, '[data-view] h3').textContent);
  }

  #showLost(error: ApiError): void {
    emit('lab:session', undefined);
    const texts = textsOf('session');
    const problem = problemOf(error, textsOf('errors'));
    const isGone = error.code === 'LAB_SESSION_UNKNOWN' || error.code === 'LAB_SESSION_ENDED';
    const shown = isGone ? { title: texts.ended, message: texts.reason.lost, hint: '' } : problem;
    this.#show(
      'over',
      problemView(shown, texts.again, () => void this.start()),
    );
  }

  #showProblem(error: unknown, label: string): void {
    emit('lab:session', undefined);
    const problem = problemOf(error, textsOf('errors'));
    this.#show(
      'over',
      problemView(problem, label, () => void this.start()),
    );
    announce(`${problem.title}. ${problem.message}`);
  }

  #sinceSeconds(): number {
    return (Date.now() - this.#receivedAt) / 1000;
  }

  #tick(): void {
    const session = this.#session;
    if (session === undefined) return;
    if (this.#host.dataset.phase === 'starting') this.#showStarting(session.state);
    if (!isUsable(session)) return;
    const { time, soon } = timeLeft(session.secondsLeft - this.#sinceSeconds(), language());
    const texts = textsOf('session');
    const left = part(this.#host, '[data-left]');
    setText(left, fill(session.state === 'frozen' ? texts.leftAsleep : texts.left, { time }));
    if (soon && left.dataset.soon === undefined) announce(fill(texts.leftSoon, { time }));
    if (soon) left.dataset.soon = '';
    else delete left.dataset.soon;
  }

  async #askToEnd(): Promise<void> {
    if (await confirmEnd()) await this.#end();
  }

  async #end(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#showStopping();
    try {
      await endSession(session.id, this.#follow.signal);
      // The server reports the end too, but its stream may close first.
      if (this.#session?.id === session.id) {
        this.#set({ ...session, state: 'gone', end: { reason: 'deleted' } });
      }
    } catch (error) {
      if (this.#session?.id !== session.id) return;
      const texts = textsOf('session');
      const problem = problemOf(error, textsOf('errors'));
      this.#show(
        'waiting',
        problemView(problem, texts.retry, () => void this.#end()),
      );
    }
  }
}
