/** Every failure that a client can be told, in our words. `lib/http/problem.ts` gives each its status. */
export const ERROR_CODES = [
  'validation_failed',
  'invalid_json',
  'invalid_cursor',
  'unauthorized',
  'forbidden',
  'owner_required',
  'not_found',
  'post_not_found',
  'comment_not_found',
  'sync_not_found',
  'publication_not_found',
  'upload_not_found',
  'account_not_found',
  'grant_not_found',
  'method_not_allowed',
  'unsupported_media_type',
  'payload_too_large',
  'media_gone',
  'comment_gone',
  'upload_expired',
  'comments_disabled',
  'run_finished',
  'publication_not_cancellable',
  'idempotency_in_progress',
  'account_ambiguous',
  'account_disconnected',
  'account_paused',
  'account_shared',
  'account_taken',
  'choose_account',
  'token_weaker',
  'last_owner',
  'not_available',
  'changed_meanwhile',
  'idempotency_key_reused',
  'instagram_rejected',
  'token_invalid',
  'token_expired',
  'token_wrong_login',
  'token_of_other_app',
  'token_scope_missing',
  'token_short_lived',
  'not_professional',
  'account_not_of_token',
  'publishing_limit_reached',
  'too_many_requests',
  'instagram_token_invalid',
  'instagram_permission_missing',
  'instagram_error',
  'instagram_rate_limited',
  'writes_blocked',
  'database_unavailable',
  'instagram_timeout',
  'outcome_unknown',
  'internal_error',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What Instagram itself said, as clients may see it: never a token, never a URL. */
export interface InstagramDetails {
  code: number | null;
  error_subcode: number | null;
  message: string;
  fbtrace_id: string | null;
}

export interface ServiceErrorOptions {
  cause?: unknown;
  /** Becomes the `Retry-After` header. */
  retryAfterSeconds?: number;
  /** Where the request itself is wrong: `path` in dots (`children.0.image_url`). */
  errors?: readonly { path: string; message: string }[];
  instagram?: InstagramDetails;
  /** It is the answer to an earlier request with the same `Idempotency-Key`. */
  replayed?: boolean;
  /** Further response headers, e.g. `Allow`. */
  headers?: Readonly<Record<string, string>>;
  /** Further members of the problem document, e.g. `sync_id`. */
  extensions?: Readonly<Record<string, unknown>>;
}

/** A failure the API names. `message` reaches the client as `detail`: no tokens, no SQL, no captions. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode; // plain fields: parameter properties do not survive type stripping
  readonly options: ServiceErrorOptions;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

/** The request itself is wrong: where, and what must be there. */
export const invalidRequest = (errors: NonNullable<ServiceErrorOptions['errors']>): ServiceError =>
  new ServiceError('validation_failed', 'The request is not valid: see errors', { errors });

/** Whether the database is away. After a failed commit nobody knows whether it happened. */
export const isDatabaseAway = (error: unknown): boolean =>
  error instanceof ServiceError && error.code === 'database_unavailable';
