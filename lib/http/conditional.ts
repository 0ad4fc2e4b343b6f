import { createHash } from 'node:crypto';
import type { ApiEvent, ApiResult } from './event.ts';

/** Half of SHA-256 is enough that two answers never have the same tag. */
const ETAG_BYTES = 16;

/** Weak, because the same body may be sent compressed. */
const etagOf = (body: string): string =>
  `W/"${createHash('sha256').update(body).digest().subarray(0, ETAG_BYTES).toString('base64url')}"`;

/** Whether `If-None-Match` names the tag, compared weakly (RFC 9110, 13.1.2). */
const names = (header: string, etag: string): boolean =>
  header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === '*' || one === etag.replace(/^W\//, ''));

/**
 * Adds an ETag, a hash of the body, to a 200. If the client already has this answer, it becomes a `304` without a body. The
 * answer is made in both cases: only its transfer is saved.
 */
export const withEtag = ({ headers: { 'if-none-match': known } }: ApiEvent, result: ApiResult): ApiResult => {
  const { statusCode, headers, body } = result;
  if (statusCode !== 200 || body === undefined) return result;
  const ETag = etagOf(body);
  if (known === undefined || !names(known, ETag)) return { ...result, headers: { ...headers, ETag } };
  const { 'Content-Type': _of, ...rest } = headers;
  return { statusCode: 304, headers: { ...rest, ETag } };
};
