/** Good pages after which a page that had to be halved is doubled again: one heavy object must not slow down the rest. */
const STEADY_PAGES = 8;

/**
 * How many items a kind of listing is asked for at a time, as Instagram last gave them. Walks of the same kind share one:
 * what the first has learned, the next need not ask for.
 */
export interface PageSize {
  readonly limit: number;
  /** Pages in a row that came at this size. */
  readonly steady: number;
  /** Instagram gave a page of this limit. */
  accept: (used: number) => void;
}

/** `most`: what to ask for at best. `known`: what an earlier walk has learned. */
export const createPageSize = (
  most: number,
  known: Pick<PageSize, 'limit' | 'steady'> = { limit: most, steady: 0 },
): PageSize => {
  let { limit, steady } = known;
  return {
    get limit() {
      return limit;
    },
    get steady() {
      return steady;
    },
    accept: (used) => {
      const isSmaller = used < limit;
      const isDue = !isSmaller && used < most && steady + 1 >= STEADY_PAGES;
      steady = isSmaller || isDue ? 0 : steady + 1;
      if (isSmaller) limit = used;
      if (isDue) limit = Math.min(2 * limit, most);
    },
  };
};
