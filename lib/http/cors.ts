import type { ApiEvent } from './event.ts';

/** Request headers that a page may send, beside those that browsers always allow. */
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer';
/** Headers of an answer that a page may read. */
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
/** How long a browser may reuse the answer to a preflight. */
const REMEMBERED_SECONDS = 600;

/**
 * The headers that let a page of another site read an answer: only pages of `origins`, and never with credentials, which
 * this API does not use. If any origin is allowed, answers vary by `Origin`, or a cache would mix them up.
 */
export const corsHeaders = ({ headers: { origin } }: ApiEvent, origins: readonly string[]): Record<string, string> => ({
  ...(origins.length > 0 && { Vary: 'Origin' }),
  ...(origin !== undefined &&
    origins.includes(origin) && {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': ANSWER_HEADERS,
    }),
});

/** What the answer to a preflight adds: nothing if the page's origin is absent or not one of `origins`. */
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
