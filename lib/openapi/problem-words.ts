import type { ErrorCode } from '../errors.ts';

/** What a person needs to know who meets a problem: what happened, and who can do what about it. */
export interface ProblemWords {
  means: string;
  /** One step each, beginning with who can take it. */
  remedies: readonly [string, ...string[]];
}

const LOOK_AGAIN =
  'You: check the id in the path. Ids are per installation: an id of another stage names nothing here.';
const WAIT = 'You: wait for the seconds in `Retry-After`, then send the same request again.';
const SAME_KEY =
  'You: send the same request again with the same `Idempotency-Key`. It is done once, however often it is sent.';

/** A code without words does not compile. */
export const PROBLEM_WORDS: Readonly<Record<ErrorCode, ProblemWords>> = {
  validation_failed: {
    means: 'The request was read, but a part of it cannot be right. Nothing was done.',
    remedies: [
      'You: mend what `errors` names. `path` says where, in dots; `message` says what it must be.',
      'You: a key that is not known is refused, so that a misspelt one is not ignored. `message` names the nearest one.',
    ],
  },
  invalid_json: {
    means: 'The body is not JSON in UTF-8, or holds something that JSON here may not hold. Nothing was done.',
    remedies: ['You: send valid JSON, of at most 10,000 values nested 32 deep, without keys such as `__proto__`.'],
  },
  invalid_cursor: {
    means: 'The `cursor` is not one that this list gave, or it belongs to a list with other filters.',
    remedies: ['You: follow `next` and `previous` as they are, or begin again without a cursor.'],
  },
  unauthorized: {
    means: 'The request carries no valid access token of this API, or one that does not say clearly whose it is.',
    remedies: [
      'You: get a new token from your issuer, and send it as `Authorization: Bearer …`.',
      'Who runs the issuer: `sub`, or `client_id` where there is none, has at most 255 characters and no control characters, and a `sub` does not begin with `client:`.',
    ],
  },
  forbidden: {
    means: 'The token is valid, but does not allow this operation.',
    remedies: ['You: ask your issuer for a token with the scope that `WWW-Authenticate` names.'],
  },
  not_found: {
    means: 'There is nothing at this path.',
    remedies: ['You: compare the path with the reference at `/docs`.'],
  },
  post_not_found: {
    means: 'No post has this id. A post that has gone from Instagram is still found here.',
    remedies: [LOOK_AGAIN, 'You: a post that is new on Instagram is here after the next sync.'],
  },
  comment_not_found: {
    means: 'No comment has this id.',
    remedies: [LOOK_AGAIN, 'You: comments come with a sync whose `include` names `comments`.'],
  },
  sync_not_found: { means: 'No sync run has this id.', remedies: [LOOK_AGAIN] },
  publication_not_found: { means: 'No publication has this id.', remedies: [LOOK_AGAIN] },
  upload_not_found: {
    means: 'No upload of this account has this key.',
    remedies: ['You: upload the file again, and use the `key` of that answer.'],
  },
  account_not_found: {
    means: 'No connected account has this id, or none is connected.',
    remedies: [LOOK_AGAIN, 'An operator: connect the account.'],
  },
  method_not_allowed: {
    means: 'The path exists, but does not take this method.',
    remedies: ['You: use one of the methods in `Allow`.'],
  },
  unsupported_media_type: {
    means: 'The body, or the file in it, is of a type that is not taken here.',
    remedies: [
      'You: send `Content-Type: application/json`, or `multipart/form-data` to `/image`, without a content encoding.',
      'You: a file must be a JPEG, MP4 or MOV by its content, whatever it is called.',
    ],
  },
  payload_too_large: {
    means: 'The body is larger than this API takes.',
    remedies: ['You: send files above 4 MB through `POST /uploads`, which gives a form for them.'],
  },
  media_gone: {
    means: 'The post is stored here, but is no longer on Instagram. Nothing was sent.',
    remedies: ['You: if it is back on Instagram, start a sync: a post that is seen again is taken up again.'],
  },
  comment_gone: {
    means: 'The comment is stored here, but is no longer on Instagram. Nothing was sent.',
    remedies: ['You: if it is back on Instagram, start a sync of comments.'],
  },
  upload_expired: {
    means: 'The uploaded file has been deleted: uploads are kept for a short time only.',
    remedies: ['You: upload the file again, and publish its new `key`.'],
  },
  comments_disabled: {
    means: 'Comments on this post are switched off, so Instagram takes none.',
    remedies: ['You: switch them on with `PATCH /posts/{id}` and `{"comments_enabled": true}`.'],
  },
  run_finished: {
    means: 'The sync run has already ended, so it cannot be stopped.',
    remedies: ['Nobody: there is nothing left to stop. Its result is at `GET /sync/{id}`.'],
  },
  publication_not_cancellable: {
    means: 'The publication is under way or has ended: only a scheduled or queued one can be cancelled.',
    remedies: ['You: look at `GET /publications/{id}`. What is published is deleted in the Instagram app.'],
  },
  idempotency_in_progress: {
    means: 'The first request with this `Idempotency-Key` is still under way.',
    remedies: [SAME_KEY],
  },
  account_ambiguous: {
    means: 'More than one account is connected, and the request does not say which one it means.',
    remedies: ['You: name one with `account_id`, in the query or in the body.'],
  },
  idempotency_key_reused: {
    means: 'This `Idempotency-Key` was used for another operation, target or body. Nothing was done.',
    remedies: ['You: use a new key for a new request. The old key keeps its first outcome for 30 days.'],
  },
  instagram_rejected: {
    means: 'Instagram refused the content. Its own words are in `instagram.message`.',
    remedies: [
      'You: change what Instagram names, and send it as a new request with a new key.',
      'You: with `Retry-After`, Instagram has blocked the account for a while; the same request may succeed then.',
    ],
  },
  publishing_limit_reached: {
    means: 'The account has published as much as Instagram lets it within 24 hours.',
    remedies: [WAIT, 'You: `GET /instagram/publishing_limit` says how much is left.'],
  },
  instagram_token_invalid: {
    means:
      'Instagram no longer accepts the token of the connected account. Nothing can be read or written until it does.',
    remedies: ['The owner of the account: connect it again. An operator can do so with a new token.'],
  },
  instagram_permission_missing: {
    means: 'The token of the connected account was not granted a permission that this needs.',
    remedies: [
      'You: `POST /auth/verify` names the scopes that are missing for each feature.',
      'The owner of the account: connect it again, and grant them.',
    ],
  },
  instagram_error: {
    means: 'Instagram failed, or answered something that makes no sense.',
    remedies: ['You: send the same request again a little later.', 'An operator: look for `fbtrace_id` in the logs.'],
  },
  instagram_rate_limited: {
    means: 'Instagram limits our calls for this account. While it does, nothing is sent.',
    remedies: [WAIT],
  },
  writes_blocked: {
    means: 'Instagram has blocked writes of this account for a while, often because of many alike. Reading goes on.',
    remedies: [WAIT, 'The owner of the account: look into the Instagram app, which may ask for a confirmation.'],
  },
  database_unavailable: {
    means: 'The database does not answer just now.',
    remedies: [WAIT, 'An operator: the runbook has a section for this.'],
  },
  instagram_timeout: {
    means: 'Instagram did not answer in time. A write that was sent is looked for before it is ever sent again.',
    remedies: [SAME_KEY],
  },
  outcome_unknown: {
    means: 'The write was sent to Instagram, but whether it happened could not be found out in time.',
    remedies: [SAME_KEY, 'You: without a key, look on Instagram before you send it again.'],
  },
  internal_error: {
    means: 'Something went wrong on our side. It was logged.',
    remedies: ['An operator: find the log lines by `request_id`.'],
  },
};
