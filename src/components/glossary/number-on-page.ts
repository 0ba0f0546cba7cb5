const counts = new WeakMap<Request, number>();

/** 1 for the first call during the making of a page, then 2, and so on: what is said twice on it needs two ids. */
export function numberOnPage(page: Request): number {
  const count = (counts.get(page) ?? 0) + 1;
  counts.set(page, count);
  return count;
}
