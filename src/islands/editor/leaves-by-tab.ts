/**
 * Lets Escape and then Tab leave an element in which Tab indents, as in the terminal: hides that
 * Tab from the editor. Works until `signal` aborts.
 */
export function leavesByTab(place: HTMLElement, signal: AbortSignal): void {
  let afterEscape = false;
  place.addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Tab' && afterEscape) event.stopImmediatePropagation();
      // Shift alone precedes Shift+Tab.
      if (event.key !== 'Shift') afterEscape = event.key === 'Escape';
    },
    { capture: true, signal },
  );
}
