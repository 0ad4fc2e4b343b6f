import { type ErrorCode, ServiceError, type ServiceErrorOptions } from '../errors.ts';
import type { StoredProblem } from '../failure.ts';
import { problemUrl } from '../problem-url.ts';
import type { ApiResult } from './event.ts';
import { replayedHeaders } from './reply.ts';

interface ProblemRow {
  status: number;
  title: string;
  /** The same request can succeed later, unchanged, and with the same `Idempotency-Key` if it has one. */
  retryable?: true;
  /** `Retry-After`, unless the error itself states another time. */
  retryAfterSeconds?: number;
  headers?: Readonly<Record<string, string>>;
}

/** Status and title of each code. A code without a row does not compile. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemRow>> = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_cursor: { status: 400, title: 'The cursor is not valid' },
  unauthorized: { status: 401, title: 'No valid access token', headers: { 'WWW-Authenticate': 'Bearer' } },
  forbidden: { status: 403, title: 'The token does not allow this' },
  owner_required: { status: 403, title: 'Only an owner may do this' },
  not_found: { status: 404, title: 'Not found' },
  post_not_found: { status: 404, title: 'Post not found' },
  comment_not_found: { status: 404, title: 'Comment not found' },
  sync_not_found: { status: 404, title: 'Sync run not found' },
  publication_not_found: { status: 404, title: 'Publication not found' },
  upload_not_found: { status: 404, title: 'Upload not found' },
  grant_not_found: { status: 404, title: 'Grant not found' },
  account_not_found: { status: 404, title: 'Account not found' },
  method_not_allowed: { status: 405, title: 'The path does not take this method' },
  unsupported_media_type: { status: 415, title: 'The type of the body is not supported' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  media_gone: { status: 410, title: 'The post is no longer on Instagram' },
  comment_gone: { status: 410, title: 'The comment is no longer on Instagram' },
  upload_expired: { status: 410, title: 'The upload has expired' },
  comments_disabled: { status: 409, title: 'Comments on the post are switched off' },
  run_finished: { status: 409, title: 'The sync run has already ended' },
  publication_not_cancellable: { status: 409, title: 'The publication can no longer be cancelled' },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this key is still under way',
    retryable: true,
  },
  account_ambiguous: { status: 409, title: 'More than one account is connected' },
  account_disconnected: { status: 409, title: 'The account is disconnected' },
  account_paused: { status: 409, title: 'The account is paused', retryable: true },
  account_shared: { status: 409, title: 'The account is not yours alone' },
  account_taken: { status: 409, title: 'The account is connected already' },
  choose_account: { status: 409, title: 'The token is for several accounts' },
  token_weaker: { status: 409, title: 'The token may do less than the stored one' },
  last_owner: { status: 409, title: 'The account needs an owner' },
  not_available: { status: 409, title: 'This version cannot do that' },
  changed_meanwhile: { status: 412, title: 'It was changed meanwhile' },
  idempotency_key_reused: { status: 422, title: 'The key belongs to another request' },
  instagram_rejected: { status: 422, title: 'Instagram refused the request' },
  token_invalid: { status: 422, title: 'Instagram does not accept the token' },
  token_expired: { status: 422, title: 'The token has expired' },
  token_wrong_login: { status: 422, title: 'The token is for the other login' },
  token_of_other_app: { status: 422, title: 'The token is of another app' },
  token_scope_missing: { status: 422, title: 'The token lacks the basic scope' },
  token_short_lived: { status: 422, title: 'The token lives too short a time' },
  not_professional: { status: 422, title: 'Not a professional account' },
  account_not_of_token: { status: 422, title: 'The token is for another account' },
  publishing_limit_reached: {
    status: 429,
    title: 'Publishing limit reached',
    retryable: true,
    retryAfterSeconds: 3_600,
  },
  too_many_requests: { status: 429, title: 'You use more than your share', retryable: true, retryAfterSeconds: 1 },
  instagram_token_invalid: { status: 502, title: 'Instagram does not accept our token' },
  instagram_permission_missing: { status: 502, title: 'Our token lacks a permission on Instagram' },
  instagram_error: { status: 502, title: 'Instagram failed', retryable: true },
  instagram_rate_limited: {
    status: 503,
    title: 'Instagram is limiting our calls',
    retryable: true,
    retryAfterSeconds: 300,
  },
  writes_blocked: {
    status: 503,
    title: 'Instagram blocks writes of the account',
    retryable: true,
    retryAfterSeconds: 900,
  },
  database_unavailable: { status: 503, title: 'The database does not answer', retryable: true, retryAfterSeconds: 5 },
  instagram_timeout: { status: 504, title: 'Instagram did not answer in time', retryable: true },
  outcome_unknown: { status: 504, title: 'It is not known whether the write happened', retryable: true },
  internal_error: { status: 500, title: 'Internal error' },
};

/** An RFC 9457 problem document; further members as `ServiceErrorOptions.extensions` has them. */
export interface Problem extends Omit<StoredProblem, 'instagram'>, Pick<ServiceErrorOptions, 'errors' | 'instagram'> {
  request_id: string;
  [extension: string]: unknown;
}

/** What a client is told about an error that we did not foresee: only how to ask about it. */
const OPAQUE_DETAIL = 'Something went wrong on our side; it was logged with this request_id';

/** The failure as the API names it. Anything but a `ServiceError` is a bug, and its details stay hidden. */
export const toNamed = (error: unknown): ServiceError =>
  error instanceof ServiceError ? error : new ServiceError('internal_error', OPAQUE_DETAIL, { cause: error });

/** What a problem document says beside the error: which request failed, and where this API is. */
export interface ProblemContext extends Pick<Problem, 'instance' | 'request_id'> {
  /** What links begin with, without a slash at the end: `type` is the address of the page that explains the code. */
  baseUrl: string;
}

/** An error as a problem document. Extensions never replace a member that RFC 9457 or this API defines. */
export const toProblem = (error: unknown, { instance, request_id, baseUrl }: ProblemContext): Problem => {
  const { code, message, options } = toNamed(error);
  const { status, title, retryable = false } = PROBLEMS[code];
  return {
    ...options.extensions,
    type: problemUrl(baseUrl, code),
    title,
    status,
    detail: message,
    instance,
    code,
    // A refusal that ends by itself states when (`instagram_rejected` while the account is blocked).
    retryable: retryable || options.retryAfterSeconds !== undefined,
    request_id,
    ...(options.errors && { errors: options.errors }),
    ...(options.instagram && { instagram: options.instagram }),
  };
};

/** The whole answer to a request that failed, with the headers its code asks for. */
export const toProblemResult = (error: unknown, about: ProblemContext): ApiResult => {
  const { code, options } = toNamed(error);
  const row = PROBLEMS[code];
  const retryAfterSeconds = options.retryAfterSeconds ?? row.retryAfterSeconds;
  return {
    statusCode: row.status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...row.headers,
      // At least 1: with 0, all clients would come back at once.
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) }),
      ...options.headers,
      ...replayedHeaders(options.replayed ?? false),
    },
    body: JSON.stringify(toProblem(error, about)),
  };
};
