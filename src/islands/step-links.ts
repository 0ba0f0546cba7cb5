import { copyText } from './clipboard.ts';
import { part, setText } from './dom.ts';
import { textsOf } from './texts.ts';

const NOTE_MS = 4_000;

/** Makes the buttons beside the headings copy links to their steps. */
export function offerStepLinks(text: HTMLElement): void {
  text.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('[data-copy-link]') : null;
    const step = button?.closest<HTMLElement>('[data-step]');
    if (step) void copyLink(step);
  });
}

async function copyLink(step: HTMLElement): Promise<void> {
  const { linkCopied, linkShown } = textsOf('lesson');
  const { origin, pathname } = location;
  const hash = `#${step.id}`;
  const isCopied = await copyText(origin + pathname + hash);
  // The reader can copy it from there.
  if (!isCopied) location.hash = hash;
  const note = part(step, '[data-link-note]');
  setText(note, isCopied ? linkCopied : linkShown);
  setTimeout(() => note.replaceChildren(), NOTE_MS);
}
