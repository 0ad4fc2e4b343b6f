import type { Login } from '../world/types.ts';

export interface GraphErrorFields {
  message: string;
  /** Meta has sent it as a text too. */
  code: number | string;
  subcode?: number | undefined;
  /** Means nothing reliable; default `OAuthException`. */
  type?: string;
  /** HTTP status; default 400. */
  status?: number;
  is_transient?: boolean | undefined;
  error_user_title?: string | undefined;
  error_user_msg?: string | undefined;
}

/** A refusal in Meta's envelope. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly fields: GraphErrorFields;

  constructor(fields: GraphErrorFields) {
    super(fields.message);
    this.fields = fields;
  }
}

/** `{"error": …}` as it is sent; `fbtrace_id` names the call. */
export const errorBody = (
  { message, code, subcode, type = 'OAuthException', ...rest }: GraphErrorFields,
  traceId: string,
) => ({
  error: {
    message,
    type,
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    ...(rest.is_transient !== undefined && { is_transient: rest.is_transient }),
    ...(rest.error_user_title !== undefined && { error_user_title: rest.error_user_title }),
    ...(rest.error_user_msg !== undefined && { error_user_msg: rest.error_user_msg }),
    fbtrace_id: traceId,
  },
});

/** Deleted, never there, somebody else's, or not readable with this token: Meta says the same of all of them. */
export const missingObject = (id: string, method: string, login: Login) =>
  new GraphError({
    message: `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
    type: login === 'instagram' ? 'IGApiException' : 'GraphMethodException',
    code: 100,
    subcode: 33,
  });

/** Also what an unknown edge gets: to Graph an edge is a field. */
export const unknownField = (field: string, nodeType: string) =>
  new GraphError({
    message: `(#100) Tried accessing nonexisting field (${field}) on node type (${nodeType})`,
    code: 100,
  });

export const invalidParameter = (message: string) => new GraphError({ message: `(#100) ${message}`, code: 100 });

export const invalidCursor = (name: string) => invalidParameter(`Invalid cursor passed for parameter ${name}`);

/** Of publications or of containers within 24 hours. */
export const publishingLimitReached = () =>
  new GraphError({
    message: 'Application request limit reached',
    code: 9,
    subcode: 2207042,
    error_user_title: 'Cannot publish',
    error_user_msg: 'You reached maximum number of posts that is allowed to be published by Content Publishing API.',
  });

export const missingPermission = () =>
  new GraphError({ message: '(#10) Application does not have permission for this action', code: 10, status: 403 });

export const tooMuchData = () =>
  new GraphError({
    message: "Please reduce the amount of data you're asking for, then retry your request",
    code: 1,
    status: 500,
  });

/** Both an unreadable token and one of the other login. */
export const unparsableToken = () =>
  new GraphError({ message: 'Invalid OAuth access token - Cannot parse access token', code: 190 });

const pacificTime = (milliseconds: number): string =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    weekday: 'long',
    day: '2-digit',
    month: 'short',
    year: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(milliseconds);

/** 463, in the words Meta uses. Milliseconds since 1970. */
export const expiredToken = (expiredAt: number, now: number) =>
  new GraphError({
    message: `Error validating access token: Session has expired on ${pacificTime(expiredAt)}. The current time is ${pacificTime(now)}.`,
    code: 190,
    subcode: 463,
  });
