const counts = new WeakMap<Request, number>();

/**
 * Counts the calls while a page is built, from 1: a term that occurs twice on a page needs two ids.
 */
export function numberOnPage(page: Request): number {
  const count = (counts.get(page) ?? 0) + 1;
  counts.set(page, count);
  return count;
}
