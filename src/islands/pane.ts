import { part, setText } from './dom.ts';
import { on } from './events.ts';
import { makeSplitter, separatorOf } from './splitter.ts';
import { browserStorage } from './storage.ts';

/** The limits of the text's share of the width, in per cent. The pane has the rest. */
const LEAST = 30;
const MOST = 75;

const narrow = matchMedia('(max-width: 60rem)');

/** `only`: the pane fills the page. */
type View = 'open' | 'closed' | 'only';

/** The pane beside the text: its width, and whether it is open. The browser remembers both. */
export interface Pane {
  open(): void;
}

/** Wires the page's separators and toggles. They live as long as the page. */
export function startPane(): Pane {
  const root = document.documentElement;
  const toggle = part(document, '[data-pane-toggle]');
  const only = part(document, '[data-pane-only]');
  const view = () => (root.dataset.pane ?? 'open') as View;
  let readAt = scrollY;

  const show = () => {
    const isOpen = view() !== 'closed';
    toggle.setAttribute('aria-expanded', String(isOpen));
    const label = (isOpen ? toggle.dataset.collapse : toggle.dataset.expand) ?? '';
    setText(part(toggle, 'span'), label);
    toggle.title = label;
    only.setAttribute('aria-pressed', String(view() === 'only'));
  };
  const set = (next: View) => {
    const before = view();
    if (before === next) return;
    // Without the text there is nothing to scroll, so the browser loses the reader's position.
    if (before !== 'only') readAt = scrollY;
    root.dataset.pane = next;
    if (before === 'only') scrollTo({ top: readAt, behavior: 'instant' });
    if (!narrow.matches && next !== 'only') {
      browserStorage.setItem('kindlab.pane.closed', next === 'closed' ? 'yes' : 'no');
    }
    show();
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && !activeElement.checkVisibility()) toggle.focus();
  };

  toggle.addEventListener('click', () => set(view() === 'closed' ? 'open' : 'closed'));
  only.addEventListener('click', () => set(view() === 'only' ? 'open' : 'only'));
  // Captures the key before the terminal does.
  const next: Record<View, View> = { open: 'only', only: 'closed', closed: 'open' };
  addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Enter' || !event.altKey || !event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      set(next[view()]);
    },
    { capture: true },
  );

  const textShare = () =>
    100 - (Number.parseFloat(getComputedStyle(root).getPropertyValue('--pane')) || 50);
  makeSplitter(separatorOf(document, 'text'), {
    axis: 'x',
    now: textShare,
    limits: () => [LEAST, MOST],
    set: (percent) => {
      root.style.setProperty('--pane', `${100 - percent}%`);
      browserStorage.setItem('kindlab.pane', String(100 - percent));
    },
    at: (event) => (event.clientX / root.clientWidth) * 100,
    collapse: () => set('closed'),
  });
  show();
  startPartsLater();
  return { open: () => view() === 'closed' && set('open') };
}

/** The pane has no parts until there is a session. */
function startPartsLater(): void {
  const waiting = new AbortController();
  on(
    'lab:session',
    (session) => {
      if (session === undefined) return;
      waiting.abort();
      void import('./pane-parts.ts').then(({ startParts }) => {
        startParts(part(document, '#session-pane-body'));
      });
    },
    waiting.signal,
  );
}
