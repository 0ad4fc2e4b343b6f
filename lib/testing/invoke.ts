import type { z } from 'zod';
import { type Endpoint, pathsOf } from '../contract.ts';
import type { ApiHandler } from '../http/api-handler.ts';
import type { ApiEvent, ApiResult, InvocationContext } from '../http/event.ts';
import { matchPath } from '../http/paths.ts';
import { checkAnswer } from './check-answer.ts';
import { inspectForSecrets } from './secrets.ts';

/** How a request differs from a plain one. */
export interface InvokeOptions {
  /** Default: the contract's. */
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are; anything else as JSON with its content type. */
  body?: unknown;
  /** Claims of a token that the authorizer let in; absent: a route without authorizer. */
  claims?: Readonly<Record<string, unknown>>;
  /** Added to those found by the contract's path, e.g. `{ proxy: '' }`. */
  pathParameters?: Readonly<Record<string, string>>;
  requestId?: string;
  /** When the gateway took the request, as `Date.now()` ms. */
  timeEpoch?: number;
  /** Lambda's remaining time. */
  remainingMs?: number;
}

/** An answer as a client sees it: header names in lower case, JSON parsed. */
export interface Invoked<Body> {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Body;
}

type SuccessBody<Contract extends Endpoint> = z.output<Contract['responses'][keyof Contract['responses'] & number]>;
type BareHandler = (event: ApiEvent, context: InvocationContext) => Promise<ApiResult>;

/** Not through `new URL`, which would tidy up the very paths that a test wants to send. */
const splitTarget = (target: string, contract: Endpoint | undefined) => {
  const isWhole = contract === undefined || contract.base === '' || /^(https?:\/\/|\/api\/)/.test(target);
  const [, host = 'api.test', rawPath = '', rawQueryString = ''] =
    /^(?:https?:\/\/([^/?]+))?([^?]*)(?:\?(.*))?$/s.exec(isWhole ? target : `/api/v1${target}`) ?? [];
  return { host, rawPath, rawQueryString };
};

/**
 * Builds the API Gateway v2 event of a request. `target` is a contract's path (`/posts?limit=1`), a whole one
 * (`/api/v1/posts`; without a contract it always is), or a URL, whose host the request then comes in by.
 */
export const apiEvent = (target: string, options: InvokeOptions = {}, contract?: Endpoint): ApiEvent => {
  const { claims, requestId = 'request-1', timeEpoch = Date.now() } = options;
  const method = options.method ?? contract?.method ?? 'GET';
  const { host, rawPath, rawQueryString } = splitTarget(target, contract);
  const params = (contract ? pathsOf(contract) : []).map((path) => matchPath(path, rawPath)).find((found) => found);
  const body = toBody(options.body);
  return {
    version: '2.0',
    routeKey: `${method} ${contract ? pathsOf(contract)[0] : rawPath}`,
    rawPath,
    rawQueryString,
    headers: { host, ...body.headers, ...lowerCased(options.headers ?? {}) },
    pathParameters: { ...mapValues(params ?? {}, decode), ...options.pathParameters },
    isBase64Encoded: body.isBase64Encoded,
    ...(body.text !== undefined && { body: body.text }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: host.replace(/:\d+$/, ''),
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: new Date(timeEpoch).toISOString(),
      timeEpoch,
      ...(claims && { authorizer: { jwt: { claims } } }),
    },
  };
};

/**
 * Calls an exported handler as API Gateway would. A link out of an answer (`first.body.next`) is a target too; the end of
 * a list, `null`, is not. Every answer is held against `openapi.json`.
 */
export function invoke<Contract extends Endpoint>(
  handler: ApiHandler<Contract>,
  target: string | null,
  options?: InvokeOptions,
): Promise<Invoked<SuccessBody<Contract>>>;
export function invoke(handler: BareHandler, target: string | null, options?: InvokeOptions): Promise<Invoked<unknown>>;
export async function invoke(
  handler: BareHandler & { contract?: Endpoint },
  target: string | null,
  options: InvokeOptions = {},
): Promise<Invoked<unknown>> {
  if (target === null) throw new TypeError('There is no further page to ask for');
  const startedAt = performance.now();
  const { remainingMs = 29_000 } = options;
  const result = await handler(apiEvent(target, options, handler.contract), {
    getRemainingTimeInMillis: () => remainingMs - (performance.now() - startedAt),
  });
  const headers = lowerCased(result.headers);
  const isJson = /json/.test(headers['content-type'] ?? '') && !result.isBase64Encoded && options.method !== 'HEAD';
  const answer = { status: result.statusCode, headers, body: isJson ? JSON.parse(result.body ?? '') : result.body };
  inspectForSecrets('answered', JSON.stringify(result));
  if (options.method === 'HEAD') {
    if (result.body !== undefined) throw new Error('An answer to HEAD has no body');
  } else if (handler.contract !== undefined) checkAnswer(handler.contract, answer);
  return answer;
}

const toBody = (
  body: unknown,
): { text?: string; isBase64Encoded: boolean; headers: Readonly<Record<string, string>> } => {
  if (body === undefined) return { isBase64Encoded: false, headers: {} };
  if (typeof body === 'string') return { text: body, isBase64Encoded: false, headers: {} };
  if (body instanceof Uint8Array) {
    return { text: Buffer.from(body).toString('base64'), isBase64Encoded: true, headers: {} };
  }
  return { text: JSON.stringify(body), isBase64Encoded: false, headers: { 'content-type': 'application/json' } };
};

const mapValues = (record: Record<string, string>, change: (value: string) => string) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));

const lowerCased = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const decode = (segment: string) => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};
