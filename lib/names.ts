/** The names in a text that separates them by commas; spaces around them do not count, nor does nothing between two commas. */
export const splitNames = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
