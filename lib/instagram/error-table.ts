import type { ErrorCode } from '../errors.ts';

/**
 * What a failure means for the caller: `throttled` stop calling for this account · `blocked` Instagram refuses one kind of
 * action for a while, reads still work · `token` the token is dead · `permission` a scope or role is missing · `transient`
 * it may pass by itself · `rejected` Instagram will never accept this call · `missing` 100/33, which alone proves nothing
 * (`triage.ts`) · `malformed` the answer does not have the documented shape.
 */
export type InstagramErrorKind =
  | 'throttled'
  | 'blocked'
  | 'token'
  | 'permission'
  | 'transient'
  | 'rejected'
  | 'missing'
  | 'malformed';

/**
 * What a failed write did: `none_retryable` nothing, try later · `none_final` nothing, and it will never be accepted · `maybe`
 * perhaps something, read back first. A row has one of the first two only where that is known for certain.
 */
export type WriteEffect = 'none_retryable' | 'none_final' | 'maybe';

/** When the same may be tried again: `soon` a read, with back-off · `later` after the wait · `less` for less data ·
 * `new_container` publish with a new container · `never`.
 */
export type Retry = 'soon' | 'later' | 'less' | 'new_container' | 'never';

/** What the caller could change in the call. */
export type InstagramHint =
  | 'reduce'
  | 'core_fields'
  | 'invalid_cursor'
  | 'wrong_login'
  | 'unknown_object'
  | 'too_few_viewers'
  | 'before_business'
  | { field: string };

/**
 * What an error says beyond its kind, for code that acts on exactly that: `published_anyway` Instagram shows what it refused
 * all the same · `not_ready` Instagram still prepares the container · `not_fetched` Instagram could not get a file by its link
 * · `upload_lost` Instagram has the file no more, or only a part of it · `writes_blocked` the account may not write for a
 * while · `parameter_refused` Instagram does not know something we asked for, or not for this object; it does not say
 * reliably what · `expired` the token's time is over.
 */
export type ErrorMeaning =
  | 'published_anyway'
  | 'not_ready'
  | 'not_fetched'
  | 'upload_lost'
  | 'writes_blocked'
  | 'parameter_refused'
  | 'expired';

/** One meaning of an error. An error is recognized by those of `code`, `subcode`, `http` and `says` that the row has. */
export interface ErrorRow {
  code?: number | readonly [first: number, last: number];
  subcode?: number | readonly [first: number, last: number];
  http?: number | readonly [first: number, last: number];
  /** Matches Meta's words; only where one code has several meanings, as Meta changes its texts. A group `field` becomes the hint. */
  says?: RegExp;
  kind: InstagramErrorKind;
  problem: ErrorCode;
  /** For people: what happened and, if somebody can do something about it, what. */
  words: string;
  retry: Retry;
  /** How long to wait where Meta does not say. */
  waitSeconds?: number;
  writeEffect: WriteEffect;
  hint?: InstagramHint;
  means?: ErrorMeaning;
}

type Outcome = Omit<ErrorRow, 'code' | 'subcode' | 'http' | 'says' | 'words'>;

const MINUTE = 60;
const THROTTLED: Outcome = {
  kind: 'throttled',
  problem: 'instagram_rate_limited',
  retry: 'later',
  writeEffect: 'maybe', // Meta has carried out writes that it answered so
};
const TOKEN: Outcome = {
  kind: 'token',
  problem: 'instagram_token_invalid',
  retry: 'never',
  writeEffect: 'none_retryable', // Meta checks credentials before it does anything
};
const PERMISSION: Outcome = {
  kind: 'permission',
  problem: 'instagram_permission_missing',
  retry: 'never',
  writeEffect: 'none_final',
};
export const TRANSIENT: Outcome = {
  kind: 'transient',
  problem: 'instagram_error',
  retry: 'soon',
  writeEffect: 'maybe',
};
const UNCLEAR: Outcome = { kind: 'rejected', problem: 'instagram_error', retry: 'never', writeEffect: 'maybe' };
const REFUSED: Outcome = { kind: 'rejected', problem: 'instagram_rejected', retry: 'never', writeEffect: 'none_final' };
const OUR_FAULT: Outcome = { ...REFUSED, problem: 'instagram_error' };
const MISCONFIGURED: Outcome = { ...OUR_FAULT, writeEffect: 'none_retryable' };
const NEW_CONTAINER: Outcome = { ...UNCLEAR, retry: 'new_container' };
const NOT_FETCHED: Outcome = { ...NEW_CONTAINER, means: 'not_fetched' };
const UPLOAD_LOST: Outcome = { ...NEW_CONTAINER, means: 'upload_lost' };

/** An error that means the same with its subcode and without. */
const eitherWay = (code: number, subcode: number, row: Outcome & { words: string }): ErrorRow[] => [
  { code, subcode, ...row },
  { code, ...row },
];

const LIMITED = 'Instagram limits our calls for this account for now';

/**
 * Every error that Instagram is known to answer with. `none_final` stands only where Meta documents that it refuses before
 * it does anything, and nobody has seen otherwise.
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
 * @see https://developers.facebook.com/docs/graph-api/guides/error-handling
 */
export const ERROR_ROWS: readonly ErrorRow[] = [
  // Instagram's servers
  {
    code: -2,
    subcode: 2207003,
    ...TRANSIENT,
    means: 'not_fetched',
    words: 'Instagram took too long to download the media from its link',
  },
  { code: -2, subcode: 2207020, ...UPLOAD_LOST, words: 'The uploaded media has expired on Instagram' },
  { code: -2, ...TRANSIENT, words: 'Instagram could not process the media just now' },
  { code: -1, subcode: 2207001, ...TRANSIENT, words: 'Instagram had an internal error' },
  { code: -1, subcode: 2207032, ...TRANSIENT, words: 'Instagram could not prepare the media for publishing' },
  { code: -1, subcode: 2207053, ...UPLOAD_LOST, words: 'The upload to Instagram failed' },
  { code: -1, subcode: 2207073, ...REFUSED, words: 'Instagram does not let this kind of media be deleted' },
  { code: -1, ...TRANSIENT, words: 'Instagram had an internal error' },
  { code: 1, subcode: 2207057, ...REFUSED, words: 'The thumbnail offset lies outside the video' },
  {
    code: 1,
    says: /reduce the amount of data/i,
    ...TRANSIENT,
    retry: 'less',
    hint: 'reduce',
    words: 'Instagram finds the answer too large; ask for less at a time',
  },
  { code: 1, ...TRANSIENT, words: 'Instagram had an unknown error' },
  { code: 2, ...TRANSIENT, words: 'Instagram is unavailable for the moment' },

  // Limits and blocks
  {
    code: 4,
    subcode: 2207051,
    kind: 'blocked',
    problem: 'instagram_rejected',
    retry: 'later',
    waitSeconds: 15 * MINUTE,
    writeEffect: 'maybe', // media were seen that Instagram had refused to publish
    means: 'writes_blocked',
    words: 'Instagram took the action for spam and restricts the account for some time',
  },
  { code: 4, ...THROTTLED, words: LIMITED },
  ...eitherWay(9, 2207042, {
    kind: 'blocked',
    problem: 'publishing_limit_reached',
    retry: 'later',
    waitSeconds: 60 * MINUTE,
    writeEffect: 'none_retryable',
    words: 'The account has published as much as Instagram allows within 24 hours',
  }),
  { code: 17, ...THROTTLED, words: LIMITED },
  { code: 32, ...THROTTLED, words: LIMITED },
  { code: 341, ...THROTTLED, words: LIMITED },
  { code: 613, ...THROTTLED, words: LIMITED },
  { code: [80_000, 80_014], ...THROTTLED, words: LIMITED },
  {
    code: 368,
    kind: 'blocked',
    problem: 'instagram_rejected',
    retry: 'later',
    waitSeconds: 15 * MINUTE,
    writeEffect: 'none_final',
    means: 'writes_blocked',
    words: 'Instagram has blocked this action for the account for a while, by its policies',
  },

  // Tokens
  { code: 102, ...TOKEN, words: 'The Instagram session has ended; connect the account again' },
  { code: 104, ...MISCONFIGURED, words: 'Instagram refuses the signature of our calls; the app secret is wrong' },
  { code: 190, subcode: 458, ...TOKEN, words: 'The app was removed from the Instagram account; connect it again' },
  { code: 190, subcode: 459, ...TOKEN, words: 'Instagram wants the account owner to log in at its site first' },
  { code: 190, subcode: 460, ...TOKEN, words: 'The password was changed; connect the Instagram account again' },
  {
    code: 190,
    subcode: 463,
    ...TOKEN,
    means: 'expired',
    words: 'The access token has expired; connect the Instagram account again',
  },
  { code: 190, subcode: 464, ...TOKEN, words: 'The Instagram account is not confirmed; its owner must confirm it' },
  { code: 190, subcode: 467, ...TOKEN, words: 'The access token is no longer valid; connect the account again' },
  { code: 190, subcode: 492, ...TOKEN, words: 'The session is invalid, or the role on the Facebook page was lost' },
  {
    code: 190,
    says: /cannot parse access token/i,
    ...TOKEN,
    hint: 'wrong_login',
    words: 'Instagram cannot read the access token: it is damaged, or made for the other login (instagram, facebook)',
  },
  { code: 190, ...TOKEN, words: 'The access token is not valid; connect the Instagram account again' },

  // Permissions and accounts
  { code: 3, ...PERMISSION, words: 'The app lacks the capability to make this call' },
  {
    code: 10,
    says: /not enough viewers/i,
    ...OUR_FAULT,
    hint: 'too_few_viewers',
    words: 'Too few people have seen this for Instagram to give figures',
  },
  { code: 10, ...PERMISSION, words: 'The app lacks the permission for this call' },
  ...eitherWay(25, 2207050, {
    ...PERMISSION,
    problem: 'instagram_error',
    words: 'The Instagram account is restricted or inactive; its owner must open the Instagram app',
  }),
  { code: 230, ...PERMISSION, words: 'This person has not allowed the app to read their profile' },
  { code: [200, 299], ...PERMISSION, words: 'A permission for this call was not granted, or was withdrawn' },

  // Objects and parameters
  { code: 12, ...OUR_FAULT, words: 'Instagram no longer answers this call, or not for this kind of object' },
  {
    code: 20,
    subcode: 1772107,
    ...UNCLEAR,
    means: 'published_anyway',
    words: 'Instagram refused the comment, but is known to publish it all the same',
  },
  { code: 24, subcode: 2207006, ...NEW_CONTAINER, words: 'Instagram does not find the media to publish' },
  {
    code: 24,
    subcode: 2207008,
    ...NEW_CONTAINER,
    waitSeconds: 30, // sometimes it appears only after so long
    words: 'Instagram does not know the media to publish, or it has expired or been published already',
  },
  { code: 24, ...NEW_CONTAINER, words: 'Instagram does not find the media to publish' },
  {
    code: 100,
    subcode: 33,
    kind: 'missing',
    problem: 'instagram_error',
    retry: 'never',
    writeEffect: 'maybe',
    words: 'Instagram says the object does not exist, or that we may not see it',
  },
  {
    code: 100,
    subcode: 2108006,
    ...OUR_FAULT,
    hint: 'before_business',
    words: 'The media is older than the professional account, so Instagram has no figures for it',
  },
  { code: 100, subcode: 2207023, ...REFUSED, words: 'Instagram does not know this media type' },
  { code: 100, subcode: 2207028, ...REFUSED, words: 'A carousel needs 2 to 10 parts' },
  { code: 100, subcode: 2207035, ...REFUSED, words: 'Tags on a video take no position' },
  { code: 100, subcode: 2207036, ...REFUSED, words: 'Tags on a photo need a position' },
  { code: 100, subcode: 2207037, ...REFUSED, words: 'Instagram refuses the product tags' },
  { code: 100, subcode: 2207040, ...REFUSED, words: 'The caption mentions more than 20 accounts' },
  {
    code: 100,
    says: /nonexisting field \((?<field>[A-Za-z_]\w{0,63})\)/i,
    ...UNCLEAR, // Meta may do a write before it puts its answer together, as with 20/1772107
    means: 'parameter_refused',
    words: 'Instagram does not know a field we asked for',
  },
  { code: 100, says: /cursor/i, ...UNCLEAR, hint: 'invalid_cursor', words: 'Instagram no longer knows this position' },
  { code: 100, says: /appsecret_proof/i, ...MISCONFIGURED, words: 'The app demands signed calls; set its app secret' },
  {
    code: 100,
    ...REFUSED,
    hint: 'core_fields',
    means: 'parameter_refused',
    words: 'Instagram refuses a parameter of the call',
  },
  { code: 110, ...OUR_FAULT, words: 'Instagram does not know this user id' },
  ...eitherWay(352, 2207026, { ...REFUSED, words: 'Instagram does not support the format of the video' }),
  { code: 506, ...REFUSED, writeEffect: 'maybe', words: 'Instagram has already published the same' },
  { code: 803, ...OUR_FAULT, hint: 'unknown_object', words: 'Instagram does not know this object' },
  { code: 2500, ...OUR_FAULT, words: 'Instagram cannot read the call' },
  ...eitherWay(9004, 2207052, {
    ...REFUSED,
    retry: 'new_container', // a few times only: the error came and went in 2026
    means: 'not_fetched',
    words: 'Instagram cannot fetch the media from its link',
  }),
  { code: 9005, ...UNCLEAR, hint: 'core_fields', words: 'Instagram cannot read a part of the media' },
  ...eitherWay(9007, 2207027, {
    ...TRANSIENT,
    retry: 'later',
    waitSeconds: MINUTE,
    writeEffect: 'none_retryable',
    means: 'not_ready',
    words: 'Instagram is still processing the media',
  }),
  ...eitherWay(36_000, 2207004, { ...REFUSED, words: 'The image is larger than 8 MiB' }),
  ...eitherWay(36_001, 2207005, { ...REFUSED, words: 'Instagram does not support the image format; use JPEG' }),
  ...eitherWay(36_003, 2207009, { ...REFUSED, words: 'Instagram does not support the aspect ratio of the image' }),
  ...eitherWay(36_004, 2207010, { ...REFUSED, words: 'The caption is too long' }),
  { code: [36_000, 36_004], ...REFUSED, words: 'Instagram does not support the image' },
  { code: 1_609_005, ...REFUSED, words: 'Instagram refuses a link in the text' },

  // Subcodes that stand for themselves
  { subcode: 2207076, ...NOT_FETCHED, words: 'Instagram refused to fetch or process the video' },
  { subcode: 2207077, ...NOT_FETCHED, words: 'Instagram could not download the video from its link' },
  { subcode: 2207081, ...REFUSED, words: 'The account has no trial reels' },
  { subcode: 2207082, ...UPLOAD_LOST, words: 'The upload to Instagram failed' },
  { subcode: 2207085, ...UNCLEAR, words: 'Instagram cannot process this' },
  { subcode: [2_207_000, 2_207_999], ...NEW_CONTAINER, words: 'Instagram could not publish the media' },
  { subcode: 2018001, ...UNCLEAR, words: 'Instagram found nobody to send the message to' },
  { subcode: 2018028, ...UNCLEAR, words: 'Instagram does not let the app send this message' },

  // No code that is known
  { http: 429, ...THROTTLED, words: LIMITED },
  { http: 408, ...TRANSIENT, words: 'Instagram gave up waiting' },
  { http: [500, 599], ...TRANSIENT, words: 'Instagram is unavailable for the moment' },
];

/** An error that no row knows: it is not repeated, and a write may have been done. */
export const UNKNOWN_ERROR: ErrorRow = { ...UNCLEAR, words: 'Instagram refused the call' };

/** How an exchange can fail without an error answer from Instagram. */
export type ExchangeFailure =
  | 'not_sent'
  | 'timeout'
  | 'deadline'
  | 'cancelled'
  | 'connection_lost'
  | 'unreadable'
  | 'too_large'
  | 'redirect'
  | 'malformed'
  | 'fields_withheld'
  | 'repeated_cursor'
  | 'nothing_shown'
  | 'no_progress'
  | 'too_many_items'
  | 'bad_token';

export const EXCHANGE_ROWS: Readonly<Record<ExchangeFailure, ErrorRow>> = {
  not_sent: { ...TRANSIENT, writeEffect: 'none_retryable', words: 'Instagram could not be reached' },
  timeout: { ...TRANSIENT, problem: 'instagram_timeout', words: 'Instagram did not answer in time' },
  deadline: {
    ...TRANSIENT,
    problem: 'instagram_timeout',
    retry: 'never',
    words: 'The time for this was over before Instagram answered',
  },
  cancelled: { ...TRANSIENT, problem: 'instagram_timeout', retry: 'never', words: 'The call was cancelled' },
  connection_lost: { ...TRANSIENT, words: 'The connection to Instagram was lost' },
  unreadable: { ...TRANSIENT, words: 'The answer of Instagram could not be read' },
  too_large: { ...TRANSIENT, retry: 'less', hint: 'reduce', words: 'The answer of Instagram is too large' },
  redirect: {
    ...UNCLEAR,
    kind: 'malformed',
    words: 'Instagram answered with a redirect, which is never followed: it would carry the token elsewhere',
  },
  malformed: { ...UNCLEAR, kind: 'malformed', words: 'The answer of Instagram does not have the documented shape' },
  fields_withheld: {
    ...PERMISSION,
    words: 'Instagram gives ids and nothing else: a permission to read these objects is missing',
  },
  repeated_cursor: {
    ...UNCLEAR,
    kind: 'malformed',
    words: 'Instagram lists in a circle: a position came a second time',
  },
  nothing_shown: { ...UNCLEAR, words: 'Instagram counts comments of this post, but shows none of them' },
  no_progress: {
    ...UNCLEAR,
    kind: 'malformed',
    words: 'Instagram lists the same items again and again: many pages in a row had nothing new',
  },
  too_many_items: { ...UNCLEAR, kind: 'malformed', words: 'Instagram lists more items than there can be' },
  bad_token: { ...TOKEN, words: 'The access token has characters that no token has; connect the account again' },
};
