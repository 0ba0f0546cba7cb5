import { part, setText } from './dom.ts';
import { memory } from './storage.ts';

const LEAST = 25;
const MOST = 70;
const STEP = 2;

const narrow = matchMedia('(max-width: 60rem)');

/** The sandbox beside the text: how wide it is, and whether it is open. The browser remembers both. */
export interface Pane {
  open(): void;
}

/** Brings the page's separator and toggle to life. They live as long as the page. */
export function startPane(): Pane {
  const root = document.documentElement;
  const toggle = part(document, '[data-pane-toggle]');
  const separator = part(document, '[role="separator"]');

  const show = () => {
    const isOpen = root.dataset.pane === 'open';
    toggle.setAttribute('aria-expanded', String(isOpen));
    const label = isOpen ? toggle.dataset.collapse : toggle.dataset.expand;
    setText(part(toggle, 'span'), label ?? '');
  };
  const set = (state: 'open' | 'closed') => {
    root.dataset.pane = state;
    if (!narrow.matches) memory.setItem('kindlab.pane.closed', state === 'closed' ? 'yes' : 'no');
    show();
  };

  toggle.addEventListener('click', () => set(root.dataset.pane === 'open' ? 'closed' : 'open'));
  makeResizable(separator, () => set('closed'));
  show();
  return { open: () => set('open') };
}

/** Arrow keys, Home, End, and dragging set the width; Enter hides the pane. */
function makeResizable(separator: HTMLElement, hide: () => void): void {
  const root = document.documentElement;
  const current = () => Number.parseFloat(getComputedStyle(root).getPropertyValue('--pane')) || 50;
  const resize = (percent: number) => {
    const width = Math.round(Math.min(MOST, Math.max(LEAST, percent)) * 10) / 10;
    root.style.setProperty('--pane', `${width}%`);
    separator.setAttribute('aria-valuenow', String(Math.round(width)));
    memory.setItem('kindlab.pane', String(width));
  };
  separator.setAttribute('aria-valuenow', String(Math.round(current())));

  const keys = new Map<string, () => void>([
    ['ArrowLeft', () => resize(current() + STEP)],
    ['ArrowRight', () => resize(current() - STEP)],
    ['Home', () => resize(MOST)],
    ['End', () => resize(LEAST)],
    ['Enter', hide],
  ]);
  separator.addEventListener('keydown', (event) => {
    const act = keys.get(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  separator.addEventListener('pointerdown', (event) => {
    separator.setPointerCapture(event.pointerId);
    separator.dataset.dragging = '';
  });
  separator.addEventListener('pointermove', (event) => {
    if (!separator.hasPointerCapture(event.pointerId)) return;
    resize(((root.clientWidth - event.clientX) / root.clientWidth) * 100);
  });
  const release = () => delete separator.dataset.dragging;
  separator.addEventListener('pointerup', release);
  separator.addEventListener('pointercancel', release);
}
