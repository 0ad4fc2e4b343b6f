/** The largest useful body is a carousel of ten files with twenty tags each: some 1,000 values. */
const MAX_VALUES = 10_000;
/** Objects and lists within one another, below the body itself. */
const MAX_DEPTH = 32;

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}');

/**
 * Whether JSON has at most 10,000 values, nested at most 32 deep. It is asked of the bytes, before they are parsed: the
 * parser calls a function for each value, and a body of 4 MB can hold two million, so all other requests would wait for
 * seconds. Counts commas and brackets outside texts in one pass, and stops at the first value beyond the bound. An empty
 * object or list counts as two values. What is not JSON at all, the parser refuses.
 */
export const isWithinJsonBounds = (bytes: Uint8Array): boolean => {
  let values = 1;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) {
      inText = true;
    } else if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) {
      values += 1;
      if (byte !== COMMA) depth += 1;
      if (values > MAX_VALUES || depth > MAX_DEPTH + 1) return false;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  return true;
};
