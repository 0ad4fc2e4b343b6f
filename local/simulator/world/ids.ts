import { hashOf } from './random.ts';

/** What an id stands for; its digit is part of the id, so ids of two kinds never meet. */
const SORTS = { user: 1, media: 2, part: 3, comment: 4, person: 5, page: 6, facebookUser: 7, container: 8 } as const;
export type Sort = keyof typeof SORTS;

/** How many ids one kind can have in one account before they repeat. */
const CAPACITY = 10_000_000;
/** Odd and no multiple of 5, so that multiplying by it permutes 0 … CAPACITY − 1. */
const STRIDE = 7_654_321;

/**
 * The `n`-th id of its kind: digits only, 17 of them for an even `n` and 18 for an odd one. All lie beyond 2^53, so a
 * client that reads one as a number changes it. `scope` keeps the ids of two accounts apart.
 */
export const numericId = (scope: string, sort: Sort, n: number): string => {
  const hash = String(hashOf(scope)).padStart(10, '0');
  const digits = String((n * STRIDE + hashOf(sort)) % CAPACITY).padStart(7, '0');
  return n % 2 === 0 ? `17${SORTS[sort]}${hash.slice(-7)}${digits}` : `18${SORTS[sort]}${hash.slice(-8)}${digits}`;
};

/** Whether an id is of the form that ids of this kind have. */
export const looksLike = (sort: Sort, id: string): boolean =>
  /^1[78][0-9]{15,16}$/.test(id) && id[2] === String(SORTS[sort]);

/** An Instagram account's id, in the form they have: `17841` and twelve digits. */
export const accountId = (scope: string): string => `17841${String(hashOf(scope) * 232 + 7).padStart(12, '4')}`;

const SHORTCODE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The short name in a post's address, made of its id as Instagram does it. */
export const shortcodeOf = (id: string): string => {
  let rest = BigInt(id);
  let code = '';
  while (rest > 0n) {
    code = `${SHORTCODE_ALPHABET[Number(rest & 63n)]}${code}`;
    rest >>= 6n;
  }
  return code;
};
