import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ServiceError } from '../errors.ts';
import { errorFields, logger, withLogContext } from '../logger.ts';
import { corsHeaders } from './cors.ts';
import type { ApiEvent, ApiResult, InvocationContext } from './event.ts';
import { baseUrlOf } from './links.ts';
import { toNamed, toProblemResult } from './problem.ts';
import { fitResult, ResponseMismatch } from './respond.ts';
import type { HttpSettings } from './settings.ts';

type Internal = { startedAt?: number };
type Request = middy.Request<ApiEvent, ApiResult, Error, Context, Internal>;
export type Middleware = middy.MiddlewareObj<ApiEvent, ApiResult, Error, Context, Internal>;

/** A request that overran its deadline is answered when this much of Lambda's time is left. */
const OVERRUN_RESERVE_MS = 500;

/**
 * The one middy stack, with what all endpoints share: log lines at start and end, a request id, security headers, CORS,
 * problem documents for everything that is thrown, no body for `HEAD`, and an answer in time and within Lambda's size.
 * `reading`: middlewares of the endpoint that run before it answers, in their order. `headers`: added to every answer.
 */
export const frame = (
  route: string,
  settings: HttpSettings,
  answer: (event: ApiEvent, context: InvocationContext) => Promise<ApiResult>,
  { reading = [], headers = {} }: { reading?: readonly Middleware[]; headers?: Readonly<Record<string, string>> } = {},
) => {
  const stack = middy<ApiEvent, ApiResult, Error, Context, Internal>(answer, {
    timeoutEarlyInMillis: OVERRUN_RESERVE_MS,
    timeoutEarlyResponse: () => {
      throw new ServiceError('internal_error', 'The request took too long. Whether it had an effect is not known');
    },
  })
    .use(requestLog(route))
    .use(commonHeaders(settings, headers))
    .use(withoutBodyForHead)
    .use(problems(settings))
    .use(fitting)
    .use([...reading]);

  return (event: ApiEvent, context: InvocationContext): Promise<ApiResult> =>
    withLogContext({ request_id: event.requestContext.requestId }, () => stack(event, context as Context));
};

const resultOf = ({ response }: { response: ApiResult | null | undefined }): ApiResult => {
  if (response) return response;
  throw new TypeError('A handler gave no answer');
};

const fitting: Middleware = {
  after: async (request) => {
    request.response = await fitResult(request.event, resultOf(request));
  },
};

const requestLog = (route: string): Middleware => {
  const end = (request: Request) => {
    const now = performance.now();
    const ms = Math.round(now - (request.internal.startedAt ?? now));
    const { statusCode: status } = resultOf(request);
    const code = request.error ? toNamed(request.error).code : undefined;
    logger.info('request finished', { event: 'request_finished', route, status, code, ms });
  };
  return {
    before: (request) => {
      request.internal.startedAt = performance.now();
      // Lambda's own id: what its REPORT and time-out lines carry.
      const { awsRequestId: function_request_id } = request.context;
      logger.info('request started', { event: 'request_started', route, function_request_id });
    },
    after: end,
    onError: end,
  };
};

/** Makes problem documents of errors. Errors that the client did not cause are logged, here and nowhere else. */
const problems = ({ publicBaseUrl }: HttpSettings): Middleware => ({
  onError: (request) => {
    const { event, error } = request;
    const result = toProblemResult(error, {
      instance: event.rawPath,
      request_id: event.requestContext.requestId,
      baseUrl: baseUrlOf(event, publicBaseUrl),
    });
    request.response = result;
    if (result.statusCode < 500) return;
    const { code } = toNamed(error);
    logger[code === 'internal_error' ? 'error' : 'warn']('request failed', {
      event: 'request_failed',
      code,
      error: errorFields(error),
      ...(error instanceof ResponseMismatch && { issues: error.issues }),
    });
  },
});

/** `HEAD` gets the answer of `GET`, without the body. */
const dropBodyOfHead = (request: Request) => {
  if (request.event.requestContext.http.method !== 'HEAD') return;
  const { statusCode, headers } = resultOf(request);
  request.response = { statusCode, headers };
};
const withoutBodyForHead: Middleware = { after: dropBodyOfHead, onError: dropBodyOfHead };

/** Answers are one caller's data: caches must not store them, and browsers must not guess another type. */
const commonHeaders = ({ apiOrigins }: HttpSettings, headers: Readonly<Record<string, string>>): Middleware => {
  const add = (request: Request) => {
    const result = resultOf(request);
    request.response = {
      ...result,
      headers: {
        'X-Request-Id': request.event.requestContext.requestId,
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': 'no-store',
        ...corsHeaders(request.event, apiOrigins),
        ...headers,
        ...result.headers,
      },
    };
  };
  return { after: add, onError: add };
};
