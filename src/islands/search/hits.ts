import type { FoundPage } from './pagefind.ts';

/** One line of the results: a step of a lesson, or a word of the glossary. */
export interface Hit {
  /** The page's title. */
  page: string;
  /** The step's; undefined for the page as a whole. */
  part: string | undefined;
  /** Path and anchor. */
  href: string;
  excerpt: string;
}

const PARTS = 4;

/** The best parts of each page, in the order of the pages. A part whose title has the query comes first, then those that have more of it. */
export function hitsOf(pages: readonly FoundPage[], query: string): Hit[] {
  const wanted = plain(query);
  return pages.flatMap((page) => {
    const title = page.meta.title ?? '';
    const isNamed = (part: { title: string }): number => Number(plain(part.title).includes(wanted));
    return page.sub_results
      .toSorted((a, b) => isNamed(b) - isNamed(a) || b.locations.length - a.locations.length)
      .slice(0, PARTS)
      .map((part) => ({
        page: title,
        part: part.url.includes('#') ? part.title : undefined,
        href: addressOf(part.url),
        excerpt: part.excerpt,
      }));
  });
}

/** The engine knows a step by its heading, whose id is the step's and `-title`; the step itself has the lasting address. */
function addressOf(url: string): string {
  return url.replace(/-title$/, '');
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}

/**
 * The query as the engine should see it. Japanese is cut into words, and those that only join others are left out: 「ノードに置く」 would find
 * every に.
 */
export function wordsOf(query: string, locale: string): string {
  const text = query.normalize('NFKC').trim();
  if (locale !== 'ja') return text;
  const words = [...new Intl.Segmenter('ja', { granularity: 'word' }).segment(text)]
    .map(({ segment }) => segment.trim())
    .filter((word) => word !== '');
  const carrying = words.filter((word) => !/^[ぁ-ん]$/.test(word));
  return carrying.length === 0 ? text : carrying.join(' ');
}
