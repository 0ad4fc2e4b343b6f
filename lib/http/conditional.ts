import { createHash } from 'node:crypto';
import type { ApiEvent, ApiResult } from './event.ts';
import { type Reply, reply } from './reply.ts';

/** Half of SHA-256 is enough that two answers never have the same tag. */
const ETAG_BYTES = 16;

const digestOf = (body: string): string =>
  createHash('sha256').update(body).digest().subarray(0, ETAG_BYTES).toString('base64url');

/** Weak, because the same body may be sent compressed. */
const etagOf = (body: string): string => `W/"${digestOf(body)}"`;

/**
 * An answer with the ETag of something that `If-Match` protects (`ifMatchSchema`): `version` counts the changes that people
 * make. The rest tells whether anything else in the answer has changed, as its counts do by themselves.
 */
export const versioned = <Body>(version: number, body: Body): Reply<200, Body> =>
  reply(200, body, { ETag: `"v${version}-${digestOf(JSON.stringify(body))}"` });

/** Whether `If-None-Match` names the tag, compared weakly (RFC 9110, 13.1.2). */
const names = (header: string, etag: string): boolean =>
  header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === '*' || one === etag.replace(/^W\//, ''));

/**
 * Adds an ETag to a 200: a hash of the body, unless the answer has one of its own. If the client already has this answer, it
 * becomes a `304` without a body. The answer is made in both cases: only its transfer is saved.
 */
export const withEtag = ({ headers: { 'if-none-match': known } }: ApiEvent, result: ApiResult): ApiResult => {
  const { statusCode, headers, body } = result;
  if (statusCode !== 200 || body === undefined) return result;
  const ETag = headers.ETag ?? etagOf(body);
  if (known === undefined || !names(known, ETag)) return { ...result, headers: { ...headers, ETag } };
  const { 'Content-Type': _of, ...rest } = headers;
  return { statusCode: 304, headers: { ...rest, ETag } };
};
