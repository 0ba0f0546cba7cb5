import { fillPlural } from '../../i18n/fill.ts';
import { h, part, setText } from '../dom.ts';
import { language, textsOf } from '../texts.ts';
import { hitsOf, wordsOf, type Hit } from './hits.ts';
import { loadPagefind } from './pagefind.ts';

const PAGES = 8;
/** Long enough to skip most of the letters while a word is typed. */
const PAUSE_MS = 120;
let isWired = false;

/** Searches as the reader types in the open dialog. May be called whenever it opens. */
export async function searchIn(dialog: HTMLDialogElement): Promise<void> {
  const input = part(dialog, 'input') as HTMLInputElement;
  input.select();
  if (!isWired) wire(dialog, input);
  isWired = true;
  // The reader may have typed while this was loading.
  await search(dialog, input.value);
}

function wire(dialog: HTMLDialogElement, input: HTMLInputElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void search(dialog, input.value), PAUSE_MS);
  });
  part(dialog, 'form').addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.querySelector<HTMLElement>('[data-search-hits] a')?.click();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const stops = [input, ...dialog.querySelectorAll<HTMLElement>('[data-search-hits] a')];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    stops.at((Math.max(at, 0) + step) % stops.length)?.focus();
  });
  dialog.addEventListener('click', (event) => {
    const isLink = event.target instanceof Element && event.target.closest('a') !== null;
    if (isLink || event.target === dialog) dialog.close();
  });
  part(dialog, '[data-search-close]').addEventListener('click', () => dialog.close());
}

let latest = 0;

async function search(dialog: HTMLDialogElement, query: string): Promise<void> {
  const list = part(dialog, '[data-search-hits]');
  const note = part(dialog, '[data-search-note]');
  const texts = textsOf('search');
  const mine = ++latest;
  const show = (hits: readonly Hit[], said: string): void => {
    if (mine !== latest) return;
    list.replaceChildren(...hits.map(toItem));
    setText(note, said);
  };
  if (query.trim() === '') {
    show([], texts.help);
    return;
  }
  try {
    const engine = await loadPagefind();
    const { results } = await engine.search(wordsOf(query, language()));
    if (mine !== latest) return;
    const pages = await Promise.all(results.slice(0, PAGES).map(async (each) => each.data()));
    const hits = hitsOf(pages, query);
    show(hits, hits.length === 0 ? texts.none : fillPlural(texts.found, hits.length, language()));
  } catch {
    show([], texts.failed);
  }
}

function toItem({ page, part: name, href, excerpt }: Hit): HTMLLIElement {
  const title = name === undefined ? [page] : [h('small', {}, page), name];
  const link = h('a', { href }, h('b', {}, ...title), h('span', {}, ...marked(excerpt)));
  return h('li', {}, link);
}

/** The text and the marks of an excerpt. Any other HTML in it becomes text. */
function marked(excerpt: string): Node[] {
  const { body } = new DOMParser().parseFromString(excerpt, 'text/html');
  return [...body.childNodes].map((node) => {
    const text = node.textContent ?? '';
    return node.nodeName === 'MARK' ? h('mark', {}, text) : document.createTextNode(text);
  });
}
