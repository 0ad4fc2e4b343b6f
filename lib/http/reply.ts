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

/** Answers with another status, or with headers: `reply(201, comment, { Location: request.urlOf('/comments/5') })`. */
export const reply = <Status extends number, Body = undefined>(
  status: Status,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): Reply<Status, Body> => new Reply(status, body, headers);

/**
 * `202` for a long operation that goes on, saying where to look and, where the work itself waits for `resumesInMs`, not to
 * look before.
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

/** Answers a long operation: `200` with its end, or `202` while it goes on. */
export const finishedOr202 = <Body>(
  finished: boolean,
  body: Body,
  location: string,
  resumesInMs: number | null = null,
): Reply<200, Body> | Reply<202, Body> => (finished ? reply(200, body) : accepted(body, location, resumesInMs));

/** The header that says that an answer is that of an earlier request with the same key. */
export const replayedHeaders = (replayed: boolean): Readonly<Record<string, string>> =>
  replayed ? { 'Idempotent-Replayed': 'true' } : {};
