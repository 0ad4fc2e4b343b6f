/** What a client said in `Prefer` (RFC 7240) about waiting for a long operation. */
export interface Prefer {
  /** Seconds the answer may wait for the outcome, 0 to 25. */
  wait: number;
  /** The part of it that the client asked for, as `Preference-Applied` repeats it. */
  asked: { wait: boolean; respondAsync: boolean };
}

const DEFAULT_WAIT_SECONDS = 20;
/** API Gateway's 30 s, less the way in and out. */
const MAX_WAIT_SECONDS = 25;

/** A preference and its value, up to the comma that no quotes enclose. */
const PREFERENCE = /(?:"(?:[^"\\]|\\.)*"|[^,])+/g;
/** A longer header is ignored: matching its quotes would take too long. */
const MAX_HEADER_CHARACTERS = 1_000;

const preferences = (header: string): Map<string, string> => {
  const found = new Map<string, string>();
  for (const preference of header.length > MAX_HEADER_CHARACTERS ? [] : (header.match(PREFERENCE) ?? [])) {
    const [, name = '', value = ''] = /^\s*([^\s=;]+)\s*(?:=\s*([^;]*))?/.exec(preference) ?? [];
    const key = name.toLowerCase();
    // If a preference is given twice, the first one counts (RFC 7240, section 2).
    if (key !== '' && !found.has(key)) found.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
  }
  return found;
};

/**
 * Reads `Prefer`. `respond-async` alone means not to wait; together with `wait=N` it means to wait N seconds first (RFC 7240).
 * What cannot be understood is ignored, as the RFC demands.
 */
export const parsePrefer = (header: string | undefined): Prefer => {
  const given = preferences(header ?? '');
  const seconds = given.get('wait');
  const wait = seconds !== undefined && /^[0-9]{1,9}$/.test(seconds) ? Number(seconds) : undefined;
  const respondAsync = given.get('respond-async') === '';
  return {
    wait: Math.min(wait ?? (respondAsync ? 0 : DEFAULT_WAIT_SECONDS), MAX_WAIT_SECONDS),
    asked: { wait: wait !== undefined, respondAsync },
  };
};

/** `Preference-Applied` of an answer: what was asked for and was done; undefined: nothing. */
export const preferenceApplied = ({ wait, asked }: Prefer, status: number): string | undefined =>
  [asked.respondAsync && status === 202 && 'respond-async', asked.wait && `wait=${wait}`].filter(Boolean).join(', ') ||
  undefined;
