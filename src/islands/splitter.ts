import { part } from './dom.ts';

export interface SplitOptions {
  axis: 'x' | 'y';
  /** The current share, in per cent. */
  now: () => number;
  /** The limits of the share. */
  limits: () => [least: number, most: number];
  /** Sets a new share within the limits. */
  set: (percent: number) => void;
  /** The share at the pointer's position. */
  at: (event: PointerEvent) => number;
  /** What Enter does. */
  collapse: () => void;
}

const STEP = 2;

/**
 * Makes a `role="separator"` work by keyboard (arrow keys, Home, End, Enter to collapse) and by
 * pointer. Returns a function that updates the value after a change from outside. Lives as long as
 * the element.
 */
export function makeSplitter(element: HTMLElement, options: SplitOptions): () => void {
  const { axis, now, limits, set, at, collapse } = options;
  const updateValue = () => {
    const [least, most] = limits();
    element.setAttribute('aria-valuemin', String(Math.round(least)));
    element.setAttribute('aria-valuemax', String(Math.round(most)));
    element.setAttribute('aria-valuenow', String(Math.round(now())));
  };
  const move = (percent: number) => {
    const [least, most] = limits();
    set(Math.round(Math.min(most, Math.max(least, percent)) * 10) / 10);
    updateValue();
  };
  const [less, more] = axis === 'x' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
  const keys = new Map<string, () => void>([
    [less, () => move(now() - STEP)],
    [more, () => move(now() + STEP)],
    ['Home', () => move(0)],
    ['End', () => move(100)],
    ['Enter', collapse],
  ]);
  element.addEventListener('keydown', (event) => {
    const act = event.altKey || event.ctrlKey || event.metaKey ? undefined : keys.get(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    element.dataset.dragging = '';
    event.preventDefault();
    element.focus({ preventScroll: true });
  });
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) move(at(event));
  });
  const release = () => delete element.dataset.dragging;
  element.addEventListener('pointerup', release);
  element.addEventListener('pointercancel', release);
  updateValue();
  return updateValue;
}

/** The separator of the part `name`. */
export function separatorOf(root: ParentNode, name: string): HTMLElement {
  return part(root, `[role="separator"][data-split="${name}"]`);
}
