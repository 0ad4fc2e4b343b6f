import type { ErrorCode } from '../errors.ts';

/** What a person needs to know about a problem: what happened, and who can do what about it. */
export interface ProblemWords {
  means: string;
  /** One step each; it begins with who can take it. */
  remedies: readonly [string, ...string[]];
}

const LOOK_AGAIN =
  'You: check the id in the path. Each installation has its own ids: an id of another stage is not valid here.';
const WAIT = 'You: wait for the seconds in `Retry-After`, then send the same request again.';
const SAME_KEY =
  'You: send the same request again with the same `Idempotency-Key`. It is carried out once, however often you send it.';

/** A code without words does not compile. */
export const PROBLEM_WORDS: Readonly<Record<ErrorCode, ProblemWords>> = {
  validation_failed: {
    means: 'A part of the request is not valid. Nothing was done.',
    remedies: [
      'You: correct what `errors` names. `path` says where it is (`first_comment.text`), `message` what it must be.',
      'You: remove unknown keys, or correct their spelling; `message` names the key that you probably meant. They are refused so that a misspelt key is never ignored.',
    ],
  },
  invalid_json: {
    means: 'The body is not valid JSON in UTF-8, or it has a key that is never allowed. Nothing was done.',
    remedies: [
      'You: send valid JSON, with at most 10,000 values, at most 32 levels deep, and without keys such as `__proto__`.',
    ],
  },
  invalid_cursor: {
    means: 'The `cursor` does not come from this list, or it comes from the list with other filters.',
    remedies: ['You: use the links in `next` and `previous` unchanged, or begin again without a cursor.'],
  },
  unauthorized: {
    means: 'The request has no valid access token for this API, or the token does not say clearly whose it is.',
    remedies: [
      'You: get a new token from your issuer, and send it as `Authorization: Bearer …`.',
      'Whoever runs the issuer: `sub` (or `client_id`, if there is no `sub`) must have at most 255 characters and no control characters, and a `sub` must not begin with `client:`, nor be `*`.',
    ],
  },
  forbidden: {
    means: 'The access token is valid, but it does not allow this operation.',
    remedies: [
      'You: ask your issuer for a token with the scope that `WWW-Authenticate` names.',
      'Whoever runs the issuer: if `WWW-Authenticate` is missing, give tokens a `sub` or a `client_id`, so that they say whose they are.',
    ],
  },
  not_found: {
    means: 'There is nothing at this path.',
    remedies: ['You: compare the path with the reference at `/docs`.'],
  },
  post_not_found: {
    means: 'No post has this id. (A post that is gone from Instagram still has its id here.)',
    remedies: [LOOK_AGAIN, 'You: if the post is new on Instagram, start a sync first.'],
  },
  comment_not_found: {
    means: 'No comment has this id.',
    remedies: [
      LOOK_AGAIN,
      'You: if the comment is new on Instagram, start a sync with `"include": ["comments"]` first.',
    ],
  },
  sync_not_found: { means: 'No sync run has this id.', remedies: [LOOK_AGAIN] },
  publication_not_found: { means: 'No publication has this id.', remedies: [LOOK_AGAIN] },
  upload_not_found: {
    means: 'This account has no upload with this key.',
    remedies: ['You: upload the file again, and use the `key` in the answer.'],
  },
  owner_required: {
    means: 'The access token is valid, but it is not one of an owner of the account. Nothing was changed.',
    remedies: [
      'You: ask an owner to change it; `GET /accounts/{id}/grants` says who they are.',
      'An operator: a token with the scope `accounts:all` may change every grant, also that of everybody (`*`).',
    ],
  },
  grant_not_found: {
    means: 'The account is granted to nobody of this name.',
    remedies: [
      'You: compare the name with `GET /accounts/{id}/grants`. In a path it is percent-encoded: `client%3Areporting`.',
    ],
  },
  account_disconnected: {
    means:
      'The account was disconnected, and its token forgotten. What is stored of it can be read; nothing can be asked of Instagram.',
    remedies: ['Whoever may connect accounts: connect it again with a new token. All goes on from what is stored.'],
  },
  account_paused: {
    means: 'A person has paused the account. What was planned for it waits, and is given up a day after its time.',
    remedies: ['Whoever may change the account: go on with `PATCH /accounts/{id}` and `{"status": "active"}`.'],
  },
  account_shared: {
    means: 'The account cannot be deleted with this token, because it is not yours alone. Nothing was changed.',
    remedies: [
      'You: to stop seeing it, remove your own grant: `DELETE /accounts/{id}/grants/{principal}`.',
      'An owner: remove the other owners first. An account that everybody may see (`*`) needs a token with the scope `accounts:all`.',
    ],
  },
  account_taken: {
    means:
      'The account is connected already, and a token that was handed in does not prove that you may see what is stored of it. Nothing was changed.',
    remedies: [
      'An owner of the account: grant it to you, with `PUT /accounts/{id}/grants/{principal}`.',
      'You: with Facebook Login, hand in a token of the app of this service (`META_APP_ID`); Meta tells us whose it is.',
    ],
  },
  choose_account: {
    means: 'Several Instagram accounts are behind the token. Nothing was changed.',
    remedies: ['You: take one from `accounts`, and send the request again with its id as `instagram_id`.'],
  },
  token_weaker: {
    means: 'The stored token works, and it may do more than the new one. The stored one was kept.',
    remedies: ['You: make a token that also has the scopes that `detail` names.'],
  },
  token_invalid: {
    means: 'Instagram does not accept the token: it is damaged, or it was withdrawn. Nothing was changed.',
    remedies: [
      'You: copy the token again, the whole of it; or make a new one.',
      'The owner of the Instagram account: open the Instagram app. It may ask for a confirmation first.',
    ],
  },
  token_expired: {
    means: 'The time of the token is over. Nothing was changed.',
    remedies: ['You: make a new token. An expired one can be neither exchanged nor refreshed.'],
  },
  token_wrong_login: {
    means: 'The token works, but with the other login than `login` says. Nothing was changed.',
    remedies: ['You: leave out `login`, or name the other one. Tokens of Facebook Login usually begin with `EAA`.'],
  },
  token_of_other_app: {
    means: 'The token was made for another Meta app than the one of this service. Nothing was changed.',
    remedies: [
      'You: make the token with the app of this service; in the Graph API Explorer, choose it at “Meta App”.',
      'An operator: check that `META_APP_ID` and the app secret belong together.',
    ],
  },
  token_scope_missing: {
    means: 'The token lacks the scope without which nothing of the account can be read. Nothing was changed.',
    remedies: [
      'You: make a token with the scope that `detail` names. Other scopes may be missing: features then rest.',
    ],
  },
  token_short_lived: {
    means: 'The token would die within a day, and nobody would notice. Nothing was changed.',
    remedies: [
      'You: for the token of a page, exchange your own token for a long-lived one first, then ask `me/accounts` for that of the page.',
      'An operator: check that `META_APP_ID` and the app secret are set, so that the service can exchange tokens.',
    ],
  },
  not_professional: {
    means:
      'The token is not for an Instagram professional account, and Meta offers this API for no other. Nothing was changed.',
    remedies: [
      'The owner of the Instagram account: change it to a professional account (Business or Creator) in the Instagram app.',
      'With Facebook Login: link the account to the Facebook page, and tick that page in the login dialog.',
    ],
  },
  account_not_of_token: {
    means: 'The token does not reach the account that `instagram_id` names. Nothing was changed.',
    remedies: [
      'You: leave out `instagram_id`, or name an account of the token; `POST /auth/verify` lists them.',
      'With Instagram Login: the id is the `user_id` of `/me`, not its `id`.',
    ],
  },
  last_owner: {
    means: 'The account would be left without an owner, and nobody could change its grants. Nothing was changed.',
    remedies: ['An owner: make somebody else an owner first, or delete the account.'],
  },
  not_available: {
    means: 'The request is valid, but this version of the service cannot do it yet. Nothing was changed.',
    remedies: ['You: leave out what `detail` names.', 'An operator: see the changelog of newer versions.'],
  },
  changed_meanwhile: {
    means: 'Somebody has changed it since you read it (`If-Match`). Nothing was changed.',
    remedies: ['You: read it again, decide anew, and send the request with the new `ETag`.'],
  },
  account_not_found: {
    means: 'No account with this id is connected and granted to you, or no account at all.',
    remedies: [
      LOOK_AGAIN,
      'An owner of the account: grant it to you, with `PUT /accounts/{id}/grants/{principal}`.',
      'An operator: connect the account.',
    ],
  },
  method_not_allowed: {
    means: 'The path exists, but it does not take this method.',
    remedies: ['You: use one of the methods in `Allow`.'],
  },
  unsupported_media_type: {
    means: 'The type of the body, or of the file in it, is not supported.',
    remedies: [
      'You: send `Content-Type: application/json`, or `multipart/form-data` to `/image`, without a content encoding.',
      'You: send a JPEG, MP4 or MOV. The content of the file decides, not its name.',
    ],
  },
  payload_too_large: {
    means: 'The body is too large.',
    remedies: ['You: for a file of more than 4 MB, get a form from `POST /uploads`, and send the file with it.'],
  },
  media_gone: {
    means: 'The post is stored here, but is no longer on Instagram. Nothing was sent.',
    remedies: ['You: if the post is back on Instagram, start a sync. Then it can be used again.'],
  },
  comment_gone: {
    means: 'The comment is stored here, but is no longer on Instagram. Nothing was sent.',
    remedies: [
      'You: if the comment is back on Instagram, start a sync with `"include": ["comments"]`. Then it can be used again.',
    ],
  },
  upload_expired: {
    means: 'The uploaded file was deleted. Uploads are kept for a short time only.',
    remedies: ['You: upload the file again, and publish its new `key`.'],
  },
  comments_disabled: {
    means: 'Comments on this post are switched off, so Instagram refuses new ones.',
    remedies: ['You: switch them on with `PATCH /posts/{id}` and `{"comments_enabled": true}`.'],
  },
  run_finished: {
    means: 'The sync run has already ended, so it cannot be stopped.',
    remedies: ['Nobody needs to do anything. `GET /sync/{id}` has the result of the run.'],
  },
  publication_not_cancellable: {
    means: 'The publication has begun or has ended. Only a scheduled or queued publication can be cancelled.',
    remedies: [
      'You: `GET /publications/{id}` says how far it is. What is published can be deleted in the Instagram app.',
    ],
  },
  idempotency_in_progress: {
    means: 'The first request with this `Idempotency-Key` has not ended yet.',
    remedies: [SAME_KEY],
  },
  account_ambiguous: {
    means: 'You may see more than one account, and the request does not say which one it means.',
    remedies: ['You: name the account with `account_id`, in the query or in the body.'],
  },
  idempotency_key_reused: {
    means: 'This `Idempotency-Key` was used before, for another operation, target or body. Nothing was done.',
    remedies: ['You: use a new key for each new request. A key answers the outcome of its first request for 30 days.'],
  },
  instagram_rejected: {
    means: 'Instagram refused the request. Its own words are in `instagram.message`.',
    remedies: [
      'You: change what Instagram names, and send a new request with a new key.',
      'You: if the answer has `Retry-After`, Instagram has blocked the account for a while. Send the same request again after that time.',
    ],
  },
  publishing_limit_reached: {
    means:
      'The account has reached a limit of Instagram: so many publications, or so many containers, within 24 hours. `detail` says which.',
    remedies: [WAIT, 'You: `GET /instagram/publishing_limit` says how much is left.'],
  },
  too_many_requests: {
    means:
      'You have used up what one caller may use, so that there is something left for the others. `detail` says of what, `RateLimit` when it is available again. Nothing was done.',
    remedies: [WAIT, 'An operator: `CALLER_REQUESTS_PER_SECOND` and `CALLER_UPLOAD_MB_PER_DAY` set the limits.'],
  },
  instagram_token_invalid: {
    means:
      'Instagram no longer accepts the token of the connected account. Nothing can be read from Instagram or written to it until the account is connected again.',
    remedies: ['The owner of the account: make a new token. An operator connects the account with it.'],
  },
  instagram_permission_missing: {
    means: 'The token of the connected account lacks a permission that this request needs.',
    remedies: [
      'You: `POST /auth/verify` says which permissions are missing for each feature.',
      'The owner of the account: grant them in a new token. An operator connects the account with it.',
    ],
  },
  instagram_error: {
    means: 'Instagram failed, or its answer could not be understood.',
    remedies: [
      'You: send the same request again a little later, with the same `Idempotency-Key` if it has one.',
      'An operator: find the log lines by `request_id`.',
    ],
  },
  instagram_rate_limited: {
    means: 'Instagram limits the calls for this account. Until the limit ends, the service sends nothing.',
    remedies: [WAIT],
  },
  writes_blocked: {
    means:
      'Instagram has blocked writes of this account for a while, often because many of them were alike. Reading still works.',
    remedies: [WAIT, 'The owner of the account: open the Instagram app, which may ask for a confirmation.'],
  },
  database_unavailable: {
    means: 'The database does not answer at the moment.',
    remedies: [WAIT, 'An operator: see the sections about the database in the runbook.'],
  },
  instagram_timeout: {
    means:
      'Instagram did not answer in time. If a write was sent, the service first reads back whether it happened, before it sends it again.',
    remedies: [SAME_KEY],
  },
  outcome_unknown: {
    means: 'The write was sent to Instagram, but the service could not find out in time whether it happened.',
    remedies: [SAME_KEY, 'You: without a key, look at Instagram before you send the request again.'],
  },
  internal_error: {
    means: 'An error in this service. It was logged.',
    remedies: ['An operator: find the log lines by `request_id`.'],
  },
};
