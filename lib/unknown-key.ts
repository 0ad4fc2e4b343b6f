/** If more of its letters differ, a key is another word and not a misspelling. */
const MAX_DIFFERING_SHARE = 0.4;
/** A longer key is cut in answers, and not compared with known ones. */
const MAX_KEY_CHARACTERS = 64;

/** A key as an answer repeats it. */
export const cutKey = (key: string): string =>
  key.length > MAX_KEY_CHARACTERS ? `${key.slice(0, MAX_KEY_CHARACTERS)}…` : key;

/** What to say of an unknown key: the known one that is most like it, or all known ones. */
export const explainUnknownKey = (key: string, known: readonly string[]): string => {
  if (known.length === 0) return 'is not known: no key is allowed here';
  const { nearest, differing } = nearestOf(key, known);
  const isMisspelt = differing <= Math.max(1, Math.floor(nearest.length * MAX_DIFFERING_SHARE));
  return isMisspelt ? `is not known; did you mean ${nearest}?` : `is not known; the known keys are ${known.join(', ')}`;
};

const nearestOf = (key: string, known: readonly string[]): { nearest: string; differing: number } =>
  known
    .map((nearest) => ({ nearest, differing: differencesOf(plain(key), plain(nearest)) }))
    .reduce((best, one) => (one.differing < best.differing ? one : best));

/** `scheduledAt`, `Scheduled-At` and `scheduled_at` are one word, written in different ways. */
const plain = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Levenshtein's distance: how many letters to add, drop or change. Infinite for a text that is too long for a key. */
const differencesOf = (a: string, b: string): number => {
  if (a.length > MAX_KEY_CHARACTERS) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const above = row;
    row = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const changed = (above[j] ?? 0) + (letter === other ? 0 : 1);
      row.push(Math.min(changed, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
};
