/** An answer other than a plain body at the contract's lowest 2xx status. */
export class Reply<Status extends number, Body> {
  readonly status: Status;
  readonly body: Body;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, body: Body, headers: Readonly<Record<string, string>>) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** An answer with another status, or with headers: `reply(201, comment, { Location: request.urlOf('/comments/5') })`. */
export const reply = <Status extends number, Body = undefined>(
  status: Status,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): Reply<Status, Body> => new Reply(status, body, headers);

/**
 * `202` for a long operation that goes on: `Location` says where its outcome will be, and `Retry-After` when to ask, if the
 * operation itself waits for `resumesInMs`.
 */
export const accepted = <Body>(
  body: Body,
  location: string,
  resumesInMs: number | null = null,
  headers: Readonly<Record<string, string>> = {},
): Reply<202, Body> => {
  const seconds = Math.ceil((resumesInMs ?? 0) / 1_000);
  return reply(202, body, { Location: location, ...(seconds > 0 && { 'Retry-After': String(seconds) }), ...headers });
};

/** The answer of a long operation: `200` with its outcome, or `202` while it goes on. */
export const finishedOr202 = <Body>(
  finished: boolean,
  body: Body,
  location: string,
  resumesInMs: number | null = null,
): Reply<200, Body> | Reply<202, Body> => (finished ? reply(200, body) : accepted(body, location, resumesInMs));

/** The header that says that an answer is that of an earlier request with the same key. */
export const replayedHeaders = (replayed: boolean): Readonly<Record<string, string>> =>
  replayed ? { 'Idempotent-Replayed': 'true' } : {};
