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

/**
 * Reads the usage headers of an answer; `null`: they tell nothing. Their keys differ by host and change over time, so every
 * number counts, under whatever key. Unreadable parts are left out.
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 */
export const readUsage = (headers: Pick<Headers, 'get'>): Usage | null => {
  const figures = HEADERS.flatMap((name) => figuresOf('', parseJson(headers.get(name)), 0));
  if (figures.length === 0) return null;
  const greatest = (regain: boolean) =>
    Math.max(0, ...figures.filter(([name]) => (name === REGAIN) === regain).map(([, value]) => value));
  return {
    percent: Math.min(Math.ceil(greatest(false)), MAX_PERCENT),
    regainMinutes: Math.min(Math.ceil(greatest(true)), MAX_REGAIN_MINUTES),
  };
};

const figuresOf = (name: string, value: unknown, depth: number): [name: string, value: number][] => {
  if (typeof value === 'object' && value !== null) {
    if (depth >= MAX_DEPTH) return [];
    return Object.entries(value).flatMap(([key, inner]) => figuresOf(key, inner, depth + 1));
  }
  const figure = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof figure === 'number' && Number.isFinite(figure) ? [[name, figure]] : [];
};

const parseJson = (text: string | null): unknown => {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null; // the header is a hint: a malformed one must not fail the answer it came with
  }
};
