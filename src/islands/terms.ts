/**
 * What CSS alone cannot do for the words that link to the glossary: Escape puts a definition away, and a finger's first tap shows it, where
 * it would have left the page.
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

/** Until the pointer and the keyboard have left. */
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
