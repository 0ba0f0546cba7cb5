/**
 * The part of the search engine's API that is used here. The build puts the engine beside the
 * pages: https://pagefind.app/docs/api/.
 */
export interface Pagefind {
  options(options: { baseUrl: string; excerptLength: number }): Promise<void>;
  search(query: string): Promise<{ results: { data(): Promise<FoundPage> }[] }>;
}

export interface FoundPage {
  url: string;
  meta: { title?: string };
  sub_results: FoundPart[];
}

/** A part of a page from one heading to the next. */
export interface FoundPart {
  title: string;
  url: string;
  /** HTML: text in which `<mark>` marks the matches. */
  excerpt: string;
  locations: number[];
}

const ENGINE = '/pagefind/pagefind.js';
let engine: Promise<Pagefind> | undefined;

/**
 * The engine with the index of the page's language, loaded once. Rejects without an index, as in
 * `npm run dev`.
 */
export async function loadPagefind(): Promise<Pagefind> {
  engine ??= (async () => {
    const loaded = (await import(/* @vite-ignore */ ENGINE)) as Pagefind;
    await loaded.options({ baseUrl: '/', excerptLength: 22 });
    return loaded;
  })();
  engine.catch(() => (engine = undefined));
  return engine;
}
