/** A text as Postgres can store it: without NUL and without halves of surrogate pairs, otherwise untouched. */
export const toStorableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.replace(/\0|\p{Surrogate}/gu, '');
