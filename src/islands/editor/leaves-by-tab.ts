/**
 * Where Tab indents, Escape and then Tab leaves, as in the terminal. The editor would take Tab for itself, so it does not get to see it. Lives until
 * `signal` aborts.
 */
export function leavesByTab(place: HTMLElement, signal: AbortSignal): void {
  let afterEscape = false;
  place.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Tab' && afterEscape) event.stopImmediatePropagation();
      // Shift alone is on the way to Shift+Tab.
      if (event.key !== 'Shift') afterEscape = event.key === 'Escape';
    },
    { capture: true, signal },
  );
}
