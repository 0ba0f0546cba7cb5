import type { Terminal } from '@xterm/xterm';
import { fill } from '../../i18n/fill.ts';
import { button, h, setText } from '../dom.ts';
import type { Code } from '../events.ts';
import { browserStorage } from '../storage.ts';
import { textsOf } from '../texts.ts';
import { CodeRunner, type RunOutcome } from './code-runner.ts';
import { Connection, type CloseReason, type ConnectionState } from './connection.ts';
import { keyAction } from './keys.ts';
import { createScreen, fontReady, type TerminalScreen } from './screen.ts';
import { SearchBar } from './search-bar.ts';
import type { Size } from './size.ts';
import { followTheme } from './theme.ts';
import { isReply } from './typed-code.ts';

const RESIZE_DEBOUNCE_MS = 100;
const NOTE_MS = 6_000;
const READER_KEY = 'kindlab.terminal.reader';

/** The detail of the event `terminal-state`. */
export interface TerminalState {
  state: ConnectionState;
  reason?: CloseReason;
  rttMs?: number;
}

/**
 * `<lab-terminal>`: one terminal of a session. Call `connect` first, and once. `dispose`, or
 * leaving the document, ends the view, but not the shell. Fires `terminal-state` at each change of
 * its connection.
 */
export class LabTerminal extends HTMLElement {
  readonly #life = new AbortController();
  readonly #message = h('p', { class: 'terminal-message', role: 'status' });
  #screen: TerminalScreen | undefined;
  #connection: Connection | undefined;
  #searchBar: SearchBar | undefined;
  #state: TerminalState = { state: 'closed' };
  #isDriver = true;
  #afterEscape = false;
  #wantsFocus = false;
  #noteTimer: ReturnType<typeof setTimeout> | undefined;
  #fitTimer: ReturnType<typeof setTimeout> | undefined;
  #runner: CodeRunner | undefined;

  /** Draws the terminal and connects it. */
  connect(target: { sessionId: string; terminal: number }): void {
    this.#setState({ state: 'connecting' });
    void fontReady().then(() => {
      if (!this.#life.signal.aborted) this.#open(target);
    });
  }

  disconnectedCallback(): void {
    this.dispose();
  }

  dispose(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    clearTimeout(this.#noteTimer);
    clearTimeout(this.#fitTimer);
    this.#connection?.[Symbol.dispose]();
    this.#screen?.terminal.dispose();
  }

  override focus(): void {
    this.#wantsFocus = true;
    this.#screen?.terminal.focus();
  }

  /**
   * Types `code` at the prompt at most once, now or never. If it cannot be typed, the terminal says
   * why.
   */
  async run({ text, onEnd }: Code): Promise<RunOutcome> {
    const outcome = (await this.#runner?.run(text, onEnd)) ?? 'offline';
    const texts = textsOf('session').terminal;
    if (outcome === 'offline') this.#note(texts.notTyped);
    if (outcome === 'busy') this.#note(texts.screenTaken);
    return outcome;
  }

  #open({ sessionId, terminal: number }: { sessionId: string; terminal: number }): void {
    const { signal } = this.#life;
    const screen = createScreen();
    this.#screen = screen;
    const { terminal } = screen;
    this.#searchBar = new SearchBar(screen.search, () => terminal.focus());
    const place = h('div', { class: 'terminal-screen' });
    this.replaceChildren(this.#searchBar.element, place, this.#message, this.#foot(terminal));
    followTheme((theme) => (terminal.options.theme = theme), signal);
    terminal.open(place);
    terminal.textarea?.setAttribute('aria-label', textsOf('session').terminal.name);
    const url = new URL(`/api/sessions/${sessionId}/terminals/${number}`, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const connection = this.#createConnection(url.href, terminal);
    this.#connection = connection;
    this.#runner = new CodeRunner({ terminal, send: (data) => connection.send(data), signal });
    terminal.onData((data) => this.#onInput(data));
    terminal.onBinary((data) => connection.send(Uint8Array.from(data, (c) => c.charCodeAt(0))));
    terminal.attachCustomKeyEventHandler((event) => this.#onKey(event));
    this.#fit();
    this.#followSize(place);
    connection.connect();
    if (this.#wantsFocus) terminal.focus();
  }

  #createConnection(url: string, terminal: Terminal): Connection {
    const texts = textsOf('session').terminal;
    return new Connection({
      url,
      screen: terminal,
      events: {
        onState: (state, reason) => this.#onState(state, reason),
        onRtt: (rttMs) => this.#setState({ ...this.#state, rttMs }),
        onNotice: (message) => this.#note(message),
        onRole: (role) => this.#onRole(role),
        onSize: (size) => this.#isDriver || terminal.resize(size.cols, size.rows),
        onExit: (exitCode) => {
          this.#runner?.noticeExit();
          this.#offer(fill(texts.exited, { exitCode }), texts.newShell, () => this.#reconnect());
        },
      },
    });
  }

  #foot(terminal: Terminal): HTMLElement {
    const texts = textsOf('session').terminal;
    const show = (isOn: boolean) => {
      terminal.options.screenReaderMode = isOn;
      reader.setAttribute('aria-pressed', String(isOn));
    };
    const reader = button(texts.reader, 'quiet', () => {
      const isOn = terminal.options.screenReaderMode !== true;
      if (isOn) browserStorage.setItem(READER_KEY, 'yes');
      else browserStorage.removeItem(READER_KEY);
      show(isOn);
    });
    reader.title = texts.readerLong;
    show(browserStorage.getItem(READER_KEY) === 'yes');
    const search = button(texts.search, 'quiet', () => this.#searchBar?.open());
    search.title = 'Ctrl+Shift+F';
    return h('div', { class: 'terminal-foot' }, h('span', {}, texts.keys), search, reader);
  }

  #followSize(place: HTMLElement): void {
    const observer = new ResizeObserver(() => {
      clearTimeout(this.#fitTimer);
      this.#fitTimer = setTimeout(() => this.#fit(), RESIZE_DEBOUNCE_MS);
    });
    observer.observe(place);
    this.#life.signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  }

  /** Fills the place and tells the shell. An observer keeps the driver's size. */
  #fit(): void {
    const terminal = this.#screen?.terminal;
    const size: Size | undefined = this.#screen?.fitting();
    if (!this.#isDriver || terminal === undefined || size === undefined) return;
    if (size.cols === terminal.cols && size.rows === terminal.rows) return;
    terminal.resize(size.cols, size.rows);
    this.#connection?.resize();
  }

  #onState(state: ConnectionState, reason?: CloseReason): void {
    const texts = textsOf('session').terminal;
    this.#setState({ state, ...(reason === undefined ? {} : { reason }) });
    if (state === 'open') this.#say();
    if (reason === 'failed') this.#offer(texts.broken, texts.reconnect, () => this.#reconnect());
    if (reason === 'forbidden') this.#say(texts.forbidden);
  }

  #onRole(role: 'driver' | 'observer'): void {
    const texts = textsOf('session').terminal;
    this.#isDriver = role === 'driver';
    if (this.#isDriver) {
      this.#say();
      // The shell has this view's last size, which may be outdated.
      this.#fit();
      this.#connection?.resize();
    } else this.#offer(texts.observing, texts.takeOver, () => this.#connection?.drive());
  }

  #reconnect(): void {
    this.#connection?.connect();
    this.focus();
  }

  #onInput(data: string): void {
    const connection = this.#connection;
    if (connection === undefined || (connection.isReplaying && isReply(data))) return;
    this.#runner?.noticeInput(data);
    if (connection.send(data)) return;
    if (this.#state.reason === 'exited') {
      if (data === '\r') this.#reconnect();
    } else if (!isReply(data)) this.#note(textsOf('session').terminal.notTyped);
  }

  /** Returns whether xterm.js should handle the key. */
  #onKey(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const hasSelection = this.#screen?.terminal.hasSelection() ?? false;
    const act = keyAction(event, { hasSelection, afterEscape: this.#afterEscape });
    // Shift alone is on the way to Shift+Tab.
    if (event.key !== 'Shift') this.#afterEscape = event.key === 'Escape';
    if (act === 'copy') this.#copy(event);
    if (act === 'search') {
      event.preventDefault();
      this.#searchBar?.open();
    }
    return act === 'shell';
  }

  /** Over plain http a page cannot write to the clipboard, so the browser's own copying does it. */
  #copy(event: KeyboardEvent): void {
    const terminal = this.#screen?.terminal;
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (clipboard === undefined && !event.shiftKey) {
      setTimeout(() => terminal?.clearSelection());
      return;
    }
    event.preventDefault();
    const text = terminal?.getSelection() ?? '';
    if (text === '') return;
    void clipboard?.writeText(text).then(
      () => terminal?.clearSelection(),
      () => this.#note(textsOf('session').terminal.copyFailed),
    );
  }

  #setState(state: TerminalState): void {
    this.#state = state;
    this.dispatchEvent(new CustomEvent<TerminalState>('terminal-state', { detail: state }));
  }

  /** Shows a text until it is replaced; nothing without `text`. */
  #say(text = ''): void {
    clearTimeout(this.#noteTimer);
    this.#message.replaceChildren(text);
  }

  /** Shows a text for a few seconds. */
  #note(text: string): void {
    // A lasting message with a button is more important.
    if (this.#message.querySelector('button') !== null) return;
    setText(this.#message, text);
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => this.#say(), NOTE_MS);
  }

  #offer(text: string, label: string, act: () => void): void {
    this.#say(text);
    this.#message.append(' ', button(label, 'button', act));
  }
}

customElements.define('lab-terminal', LabTerminal);
