import type { z } from 'zod';
import type { Endpoint } from '../contract.ts';
import { pathsOf } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { once } from '../once.ts';
import { bodyReader } from './body.ts';
import { type Caller, callerOf, requireScope } from './caller.ts';
import { withEtag } from './conditional.ts';
import { deadlineOf } from './deadline.ts';
import { deprecationHeaders } from './deprecation.ts';
import type { ApiEvent, ApiResult, InvocationContext } from './event.ts';
import { frame, type Middleware } from './frame.ts';
import { baseUrlOf, linkHeader, withPageLinks } from './links.ts';
import { type Prefer, parsePrefer, preferenceApplied } from './prefer.ts';
import { Reply } from './reply.ts';
import { checkReply, toResult } from './respond.ts';
import { type HttpSettings, httpSettings } from './settings.ts';
import { parseRequest } from './validate.ts';

/** What a handler knows about a request, beside its validated input. */
export interface RequestContext {
  requestId: string;
  caller: Caller;
  /** When the answer must be sent at the latest, as `performance.now()` ms. */
  deadline: number;
  prefer: Prefer;
  /** Until when a long operation may wait for its outcome (`Prefer`), as `performance.now()` ms; in the past: no wait. */
  waitUntil: number;
  path: string;
  /** What links begin with, without a slash at the end. */
  baseUrl: string;
  /** A path of this API, as problems name it in `instance`: `pathOf('/sync/5')`. */
  pathOf: (path: `/${string}`) => string;
  /** The absolute URL of a path of this API: `urlOf('/sync/5')`. */
  urlOf: (path: `/${string}`) => string;
}

type Responses<Contract extends Endpoint> = Contract['responses'];
type LowestSuccess<R> = 200 extends keyof R ? 200 : 201 extends keyof R ? 201 : 202 extends keyof R ? 202 : 204;
type PlainBody<R> = LowestSuccess<R> extends infer Status extends keyof R ? z.input<R[Status] & z.ZodType> : never;
type DeclaredReply<R> = { [Status in keyof R]: Reply<Status & number, z.input<R[Status] & z.ZodType>> }[keyof R];

/** What a handler of the contract may return: the body of its lowest 2xx status, or a `reply` of a declared status. */
export type AnswerOf<Contract extends Endpoint> =
  | PlainBody<Responses<Contract>>
  | DeclaredReply<Responses<Contract>>
  | (Contract extends { alsoProduces: string } ? Reply<200, string> : never);

/** A Lambda handler that knows the contract it answers, for tests and for homes other than API Gateway. */
export interface ApiHandler<Contract extends Endpoint = Endpoint> {
  (event: ApiEvent, context: InvocationContext): Promise<ApiResult>;
  contract: Contract;
}

/** Lets a request of a caller in, whose token has the scope; throws what it is answered otherwise. */
type Admit = (caller: Caller) => Promise<void>;

/**
 * Makes the Lambda handler of one endpoint: checks the caller's scope, validates the request, calls `handle` with what
 * `compose` made (once per execution environment, tried again after a failure), and sends what the contract lets through.
 * Errors become problem documents: a `ServiceError` as it names itself, anything else an opaque 500.
 */
export const apiHandler = <const Contract extends Endpoint, Deps>(
  contract: Contract,
  compose: () => Promise<Deps>,
  handle: (
    input: z.output<Contract['request']>,
    deps: Deps,
    request: RequestContext,
  ) => AnswerOf<Contract> | Promise<AnswerOf<Contract>>,
  { admit, ...overrides }: Partial<HttpSettings> & { admit?: Admit } = {},
): ApiHandler<Contract> => {
  const settings = { ...httpSettings(), ...overrides };
  const dependencies = once(compose);

  const answer = async (event: ApiEvent, context: InvocationContext): Promise<ApiResult> => {
    const request = toRequest(event, context, settings);
    const input = parseRequest(contract, event);
    const { status, body, headers } = checkReply(contract, await handle(input, await dependencies(), request));
    const applied = contract.longRunning ? preferenceApplied(request.prefer, status) : undefined;
    const linked = withPageLinks(body, { ...request, rawQueryString: event.rawQueryString });
    const result = toResult(
      new Reply(status, linked, {
        ...(applied !== undefined && { 'Preference-Applied': applied }),
        ...linkHeader(linked),
        ...headers,
      }),
      contract.produces,
    );
    return contract.method === 'GET' ? withEtag(event, result) : result;
  };

  const reading = [
    guarding(contract, admit),
    ...('body' in contract.request.shape ? [bodyReader(contract.consumes)] : []),
  ];
  return Object.assign(
    frame(`${contract.method} ${pathsOf(contract)[0]}`, settings, answer, {
      reading,
      headers: deprecationHeaders(contract),
    }),
    {
      contract,
    },
  );
};

/** Checks, before the body is read, that the path exists and that the caller may use it. */
const guarding = ({ scope }: Endpoint, admit: Admit = async () => undefined): Middleware => ({
  before: async ({ event }) => {
    refuseRemainder(event);
    const caller = callerOf(event);
    requireScope(caller, scope);
    await admit(caller);
  },
});

/**
 * Each route has a `{proxy+}` route beside it, for the trailing slash only.
 * @throws {ServiceError} `not_found` when anything follows the slash.
 */
const refuseRemainder = ({ pathParameters }: ApiEvent): void => {
  if (pathParameters?.proxy) throw new ServiceError('not_found', 'There is nothing at this path');
};

const toRequest = (event: ApiEvent, context: InvocationContext, { publicBaseUrl }: HttpSettings): RequestContext => {
  const prefer = parsePrefer(event.headers.prefer);
  const deadline = deadlineOf(event, context);
  const baseUrl = baseUrlOf(event, publicBaseUrl);
  return {
    requestId: event.requestContext.requestId,
    caller: callerOf(event),
    deadline,
    prefer,
    waitUntil: Math.min(deadline, performance.now() + prefer.wait * 1000),
    path: event.rawPath,
    baseUrl,
    pathOf: (path) => `/api/v1${path}`,
    urlOf: (path) => `${baseUrl}/api/v1${path}`,
  };
};
