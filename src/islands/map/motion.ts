/** More at once would guide no one's eye, and would cost frames. */
const MOST_AT_ONCE = 12;

const stillness = matchMedia('(prefers-reduced-motion: reduce)');
const moving = new Set<Element>();

/** Fades an element in, unless the reader prefers reduced motion. */
export function appear(element: HTMLElement): void {
  move(element, [{ opacity: 0, transform: 'scale(0.94)' }, {}], 260);
}

/** Draws attention to an element that changed. */
export function glow(element: HTMLElement): void {
  move(element, [{ opacity: 0.35 }, {}], 700);
}

function move(element: HTMLElement, frames: Keyframe[], duration: number): void {
  if (stillness.matches || moving.size >= MOST_AT_ONCE || moving.has(element)) return;
  moving.add(element);
  const over = () => moving.delete(element);
  element.animate(frames, { duration, easing: 'ease-out' }).finished.then(over, over);
}
