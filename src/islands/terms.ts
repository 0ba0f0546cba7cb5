/**
 * What CSS cannot do for the links to the glossary: Escape hides a definition, and the first tap
 * shows it instead of leaving the page.
 */
export function explainTerms(): void {
  let tapped: Element | undefined;
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    for (const term of document.querySelectorAll('.term:is(:hover, :focus-within)')) dismiss(term);
  });
  document.addEventListener('click', (event) => {
    const term = event.target instanceof Element ? event.target.closest('.term') : null;
    const isTouch = 'pointerType' in event && event.pointerType === 'touch';
    tapped?.removeAttribute('data-tapped');
    if (term === null || !isTouch || tapped === term) {
      tapped = undefined;
      return;
    }
    event.preventDefault();
    term.setAttribute('data-tapped', '');
    tapped = term;
  });
}

/** Hides the definition until the pointer and the focus have left. */
function dismiss(term: Element): void {
  term.setAttribute('data-dismissed', '');
  const again = new AbortController();
  const wait = (): void => {
    if (term.matches(':hover, :focus-within')) return;
    term.removeAttribute('data-dismissed');
    again.abort();
  };
  term.addEventListener('pointerleave', wait, again);
  term.addEventListener('focusout', () => setTimeout(wait), again);
}
