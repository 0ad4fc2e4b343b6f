/** After so many pages in a row a halved page size is doubled again: one large object must not slow down all the rest. */
const STEADY_PAGES = 8;

/**
 * How many items to ask a kind of listing for at a time: as many as Instagram last gave. Walks of the same kind share it, so
 * that only the first has to find out.
 */
export interface PageSize {
  readonly limit: number;
  /** How many pages in a row came at this size. */
  readonly steady: number;
  /** Instagram gave a page of this limit. */
  accept: (used: number) => void;
}

/** `most`: the largest size to ask for. `known`: what an earlier walk found out. */
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
