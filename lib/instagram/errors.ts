import { type ErrorCode, type InstagramDetails, ServiceError } from '../errors.ts';
import { classify } from './classify.ts';
import {
  type ErrorMeaning,
  type ErrorRow,
  EXCHANGE_ROWS,
  type ExchangeFailure,
  type InstagramErrorKind,
  type InstagramHint,
  type Retry,
  type WriteEffect,
} from './error-table.ts';

/** What is known of a failed call. It holds no tokens, captions or addresses. */
export interface InstagramErrorFacts {
  /** Method and path, ids replaced: `GET {id}/media`. */
  call: string;
  write: boolean;
  row: ErrorRow;
  failure?: ExchangeFailure;
  httpStatus?: number | null;
  details?: InstagramDetails;
  /** Instagram's words for the account's owner, in any language. */
  userMessage?: string | null;
  /** Its `Retry-After`. */
  retryAfterSeconds?: number | null;
  /** Seconds until Instagram accepts calls again, from the usage headers; used where calls or actions are limited. */
  regainSeconds?: number;
  hint?: InstagramHint | null;
  /** More about what happened, in our words: a system error code, a field path. */
  note?: string;
  /** The beginning of an answer that is not JSON, redacted. */
  excerpt?: string;
}

/**
 * A call to Instagram that failed. It holds neither the request nor the system's error, so no token can appear in its
 * message, stack, JSON or inspection. `details.message` is Instagram's own text, redacted.
 */
export class InstagramError extends Error {
  override readonly name = 'InstagramError';
  readonly kind: InstagramErrorKind;
  readonly code: number | null;
  readonly subcode: number | null;
  readonly httpStatus: number | null;
  readonly details: InstagramDetails;
  /** What a failed write did; without meaning for reads. */
  readonly writeEffect: WriteEffect;
  readonly problemCode: ErrorCode;
  readonly retry: Retry;
  /** Try again after so many seconds at the earliest: as Instagram said, or else as the table says. */
  readonly retryAfterSeconds: number | null;
  /** Whether Instagram itself said so. */
  readonly isWaitStated: boolean;
  readonly hint: InstagramHint | null;
  readonly means: ErrorMeaning | null;
  /** How the exchange itself failed; `null`: Instagram answered with an error. */
  readonly failure: ExchangeFailure | null;
  readonly excerpt: string | null;
  readonly #facts: InstagramErrorFacts;

  constructor(facts: InstagramErrorFacts) {
    const { call, row, details = noDetails(row.words), httpStatus = null, note } = facts;
    const where = [
      details.code === null ? null : `code ${details.code}`,
      details.error_subcode === null ? null : `subcode ${details.error_subcode}`,
      httpStatus === null ? null : `HTTP ${httpStatus}`,
      note,
    ].filter((part) => part !== null && part !== undefined);
    super(`${call}: ${row.words}${where.length === 0 ? '' : ` (${where.join(', ')})`}`);
    this.kind = row.kind;
    this.code = details.code;
    this.subcode = details.error_subcode;
    this.httpStatus = httpStatus;
    this.details = details;
    this.writeEffect = row.writeEffect;
    this.problemCode = problemOf(row, facts.write);
    this.retry = row.retry;
    this.retryAfterSeconds = waitOf(facts);
    this.isWaitStated = statedWaitOf(facts) > 0;
    this.hint = facts.hint ?? row.hint ?? null;
    this.means = row.means ?? null;
    this.failure = facts.failure ?? null;
    this.excerpt = facts.excerpt ?? null;
    this.#facts = facts;
  }

  /** For people: what happened and, where somebody can do something, what. */
  get words(): string {
    const { row, note, userMessage } = this.#facts;
    return `${row.words}${note === undefined ? '' : ` (${note})`}${userMessage ? `. Instagram says: ${userMessage}` : ''}`;
  }

  /** The same failure with a hint that only the caller can give. */
  withHint(hint: InstagramHint): InstagramError {
    return new InstagramError({ ...this.#facts, hint });
  }

  /** The same failure with another row: for this call the error means something else than elsewhere. */
  withRow(change: (row: ErrorRow) => ErrorRow): InstagramError {
    return new InstagramError({ ...this.#facts, row: change(this.#facts.row) });
  }

  // the logger lets these out under these names
  get error_subcode(): number | null {
    return this.subcode;
  }

  get fbtrace_id(): string | null {
    return this.details.fbtrace_id;
  }
}

const noDetails = (message: string): InstagramDetails => ({
  code: null,
  error_subcode: null,
  message,
  fbtrace_id: null,
});

/**
 * Seconds to wait: what Instagram states; if it states nothing, what the table says. The usage headers state when the limit
 * on calls ends. A block on one kind of action lasts at least as long.
 */
const waitOf = (facts: InstagramErrorFacts): number | null => {
  const { row, regainSeconds = 0 } = facts;
  return statedWaitOf(facts) || Math.max(row.waitSeconds ?? 0, row.kind === 'blocked' ? regainSeconds : 0) || null;
};

/** Seconds that Instagram states; 0: it states none. */
const statedWaitOf = ({ row, retryAfterSeconds, regainSeconds = 0 }: InstagramErrorFacts): number =>
  Math.max(retryAfterSeconds ?? 0, row.kind === 'throttled' ? regainSeconds : 0);

/** A read has no content that Instagram could reject. A write that may have been done must say so. */
const problemOf = ({ problem, writeEffect, kind }: ErrorRow, write: boolean): ErrorCode => {
  if (!write) return problem === 'instagram_rejected' ? 'instagram_error' : problem;
  const unclear = problem === 'instagram_error' || problem === 'instagram_timeout';
  return writeEffect === 'maybe' && unclear && kind !== 'missing' ? 'outcome_unknown' : problem;
};

/** The error for an error answer, by its row of the table. */
export const answeredError = ({
  details,
  isTransient,
  ...facts
}: Omit<InstagramErrorFacts, 'row' | 'details'> & { details: InstagramDetails; isTransient: boolean }) => {
  const row = classify({
    code: details.code,
    subcode: details.error_subcode,
    message: details.message,
    httpStatus: facts.httpStatus ?? null,
    isTransient,
  });
  const field = row.says?.exec(details.message)?.groups?.field;
  return new InstagramError({ ...facts, details, row, ...(field === undefined ? {} : { hint: { field } }) });
};

/** The error for an exchange that brought no usable answer. `nothingSent`: it ended before a byte was sent. */
export const exchangeError = ({
  failure,
  nothingSent = false,
  ...facts
}: Omit<InstagramErrorFacts, 'row'> & { failure: ExchangeFailure; nothingSent?: boolean }) => {
  const row = EXCHANGE_ROWS[failure];
  return new InstagramError({
    ...facts,
    failure,
    row: nothingSent ? { ...row, writeEffect: 'none_retryable' } : row,
  });
};

const DEFAULT_THROTTLE_SECONDS = 300;

/** The failure as the clients of our API are told of it. */
export const toServiceError = (error: InstagramError): ServiceError => {
  const fallback = error.problemCode === 'instagram_rate_limited' ? DEFAULT_THROTTLE_SECONDS : null;
  const retryAfterSeconds = error.retryAfterSeconds ?? fallback;
  return new ServiceError(error.problemCode, error.words, {
    cause: error,
    ...(error.failure === null ? { instagram: error.details } : {}),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
  });
};
