/** How much of Instagram's rate limit is used, as its headers last said. */
export interface Usage {
  /** The largest figure of all headers, in percent; above 100 while Instagram accepts no calls. */
  percent: number;
  /** Minutes until Instagram accepts calls again, the largest of all entries; 0: it accepts them now. */
  regainMinutes: number;
}

const HEADERS = ['x-app-usage', 'x-business-use-case-usage'];
const REGAIN = 'estimated_time_to_regain_access';
const MAX_PERCENT = 1_000;
const MAX_REGAIN_MINUTES = 24 * 60; // Meta counts the limit over 24 hours
const MAX_DEPTH = 6;

/** A header of 32 accounts by 4 types of calls has 650 figures; what is beyond this many is left out. */
const MAX_FIGURES = 10_000;

/**
 * Reads the usage headers of an answer; `null`: they tell nothing. Their keys differ by host and change over time, so every
 * number counts, under whatever key. Unreadable parts are left out.
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export const readUsage = (headers: Pick<Headers, 'get'>): Usage | null => {
  let [percent, regainMinutes, figures] = [0, 0, 0];
  const note = (name: string, value: unknown, depth: number): void => {
    if (figures >= MAX_FIGURES) return;
    if (typeof value === 'object' && value !== null) {
      if (depth >= MAX_DEPTH) return;
      for (const [key, inner] of Object.entries(value)) note(key, inner, depth + 1);
      return;
    }
    const figure = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof figure !== 'number' || !Number.isFinite(figure)) return;
    figures += 1;
    if (name === REGAIN) regainMinutes = Math.max(regainMinutes, figure);
    else percent = Math.max(percent, figure);
  };
  for (const header of HEADERS) note('', parseJson(headers.get(header)), 0);
  if (figures === 0) return null;
  return {
    percent: Math.min(Math.ceil(percent), MAX_PERCENT),
    regainMinutes: Math.min(Math.ceil(regainMinutes), MAX_REGAIN_MINUTES),
  };
};

const parseJson = (text: string | null): unknown => {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null; // the header is a hint: a malformed one must not fail the answer it came with
  }
};
