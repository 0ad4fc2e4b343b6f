/** The largest useful body is a carousel of ten files with twenty tags each: some 1,000 values. */
const MAX_VALUES = 10_000;
const MAX_DEPTH = 32;

/**
 * Whether parsed JSON has at most 10,000 values, nested at most 32 deep. Without that bound, a schema would check each of a
 * million values, and describe what is wrong with it, before it refuses. Walks without recursion, and stops at the first
 * value beyond the bound.
 */
export const isWithinJsonBounds = (json: unknown): boolean => {
  let values = 0;
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    const next: unknown[] = [];
    for (const value of level) {
      values += 1;
      if (values > MAX_VALUES) return false;
      if (typeof value !== 'object' || value === null) continue;
      const children = Object.values(value);
      if (values + next.length + children.length > MAX_VALUES) return false;
      next.push(...children);
    }
    level = next;
  }
  return true;
};
