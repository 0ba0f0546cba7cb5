import { part, setText } from '../dom.ts';
import { textsOf } from '../texts.ts';

/** Opens the search by its button, `/` or Ctrl+K. Its code is loaded only then. */
export function watchForSearch(): void {
  const dialog = document.querySelector<HTMLDialogElement>('dialog[data-search]');
  if (dialog === null) return;
  const open = async (): Promise<void> => {
    if (dialog.open) return;
    dialog.showModal();
    try {
      const { searchIn } = await import('./search-dialog.ts');
      await searchIn(dialog);
    } catch {
      setText(part(dialog, '[data-search-note]'), textsOf('search').failed);
    }
  };
  document.querySelector('[data-search-open]')?.addEventListener('click', () => void open());
  document.addEventListener('keydown', (event) => {
    // The terminal and every field keep their keys.
    const isField = event.target instanceof Element && event.target.matches(FIELDS);
    if (!isSearchKey(event) || isField || document.querySelector('dialog[open]') !== null) return;
    event.preventDefault();
    void open();
  });
}

const FIELDS = 'input, textarea, select, [contenteditable]';

function isSearchKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  if (key === '/') return !ctrlKey && !metaKey && !altKey;
  return key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey;
}
