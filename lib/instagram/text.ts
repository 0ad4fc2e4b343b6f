/** The text without what Postgres cannot store: NUL and unpaired surrogates. */
export const toStorableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.replace(/\0|\p{Surrogate}/gu, '');

/**
 * Whether a text has more than `most` characters, counted nearly as people do: an emoji is one, not two. Of a text of
 * millions the characters are not counted one by one.
 */
export const isLongerThan = (text: string, most: number): boolean =>
  text.length > 2 * most || (text.length > most && [...text].length > most);
