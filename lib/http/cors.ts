import type { ApiEvent } from './event.ts';

/** What a page may send beside what browsers let it send anyway. */
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer';
/** What a page may read of an answer. */
const ANSWER_HEADERS = [
  'Deprecation',
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'Retry-After',
  'Sunset',
  'WWW-Authenticate',
  'X-Request-Id',
].join(', ');
/** How long a browser may remember what a preflight said. */
const REMEMBERED_SECONDS = 600;

/**
 * The headers that let a page of another site read an answer: only pages of `origins`, and never with credentials, which
 * this API does not use. Answers vary by `Origin` wherever there are such pages, or a cache would mix them up.
 */
export const corsHeaders = ({ headers: { origin } }: ApiEvent, origins: readonly string[]): Record<string, string> => ({
  ...(origins.length > 0 && { Vary: 'Origin' }),
  ...(origin !== undefined &&
    origins.includes(origin) && {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': ANSWER_HEADERS,
    }),
});

/** What a preflight is told beside that: nothing where the page's origin is not one of `origins`, or where it is none. */
export const preflightHeaders = (
  { headers: { origin = '', 'access-control-request-method': method } }: ApiEvent,
  origins: readonly string[],
  allow: string,
): Record<string, string> =>
  method === undefined || !origins.includes(origin)
    ? {}
    : {
        'Access-Control-Allow-Methods': allow,
        'Access-Control-Allow-Headers': REQUEST_HEADERS,
        'Access-Control-Max-Age': String(REMEMBERED_SECONDS),
      };
