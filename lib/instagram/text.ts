/** A text as Postgres can store it: without NUL and without halves of surrogate pairs, otherwise untouched. */
export const toStorableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.replace(/\0|\p{Surrogate}/gu, '');

/**
 * Whether a text has more than `most` characters as people count them, or nearly: an emoji is one, not two. A text of
 * millions is not taken apart for that.
 */
export const isLongerThan = (text: string, most: number): boolean =>
  text.length > 2 * most || (text.length > most && [...text].length > most);
