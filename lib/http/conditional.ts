import { createHash } from 'node:crypto';
import type { ApiEvent, ApiResult } from './event.ts';

/** Half of SHA-256: enough that two answers never share it. */
const ETAG_BYTES = 16;

/** Weak: the same bytes may go out compressed. */
const etagOf = (body: string): string =>
  `W/"${createHash('sha256').update(body).digest().subarray(0, ETAG_BYTES).toString('base64url')}"`;

/** Whether `If-None-Match` names the tag, compared weakly (RFC 9110, 13.1.2). */
const names = (header: string, etag: string): boolean =>
  header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === '*' || one === etag.replace(/^W\//, ''));

/**
 * Gives a 200 its ETag, made of its body, or makes it a `304` without a body where the client has that very answer. The work
 * behind the answer is done either way: what is spared is the way to the client.
 */
export const withEtag = ({ headers: { 'if-none-match': known } }: ApiEvent, result: ApiResult): ApiResult => {
  const { statusCode, headers, body } = result;
  if (statusCode !== 200 || body === undefined) return result;
  const ETag = etagOf(body);
  if (known === undefined || !names(known, ETag)) return { ...result, headers: { ...headers, ETag } };
  const { 'Content-Type': _of, ...rest } = headers;
  return { statusCode: 304, headers: { ...rest, ETag } };
};
