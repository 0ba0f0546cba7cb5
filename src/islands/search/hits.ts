import type { FoundPage } from './pagefind.ts';

/** One search result: a step of a lesson, or a term of the glossary. */
export interface Hit {
  /** The page's title. */
  page: string;
  /** The step's title; undefined for the page as a whole. */
  part: string | undefined;
  /** Path and anchor. */
  href: string;
  excerpt: string;
}

const PARTS = 4;

/**
 * The best parts of each page, in the order of the pages. A part whose title contains the query
 * comes first, then the parts with more matches.
 */
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

/**
 * The engine links to a step's heading, `<id>-title`; the step's own id is the permanent address.
 */
function addressOf(url: string): string {
  return url.replace(/-title$/, '');
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}

const WITHOUT_SPACES =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;

/**
 * The query in the form that the engine needs. Text in a script without spaces is split into words.
 * A single hiragana is a particle and is dropped: 「ノードに置く」 would match every に.
 */
export function wordsOf(query: string, locale: string): string {
  const text = query.normalize('NFKC').trim();
  if (!WITHOUT_SPACES.test(text)) return text;
  const words = [...new Intl.Segmenter(locale, { granularity: 'word' }).segment(text)]
    .map(({ segment }) => segment.trim())
    .filter((word) => word !== '');
  const meaningful = words.filter((word) => !/^[ぁ-ん]$/.test(word));
  return meaningful.length === 0 ? text : meaningful.join(' ');
}
