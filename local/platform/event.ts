import { randomBytes } from 'node:crypto';
import type { ApiEvent, JwtAuthorizer } from '../../lib/http/event.ts';
import type { Match } from './routing.ts';

/** A request as it came over the wire. */
export interface WireRequest {
  id: string;
  method: string;
  /** As it was sent. */
  path: string;
  /** As it was sent, without the question mark. */
  query: string;
  /** Names and values alternating, as they were sent. */
  rawHeaders: readonly string[];
  body: Buffer;
  httpVersion: string;
  sourceIp: string;
  /** The port it came in by. */
  port: number;
  /** When its head had arrived. */
  receivedAt: Date;
}

/** Headers about the connection, not the request. API Gateway ends the connection, so handlers never see them. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Bodies of these types are passed on as text; of any other type, or without one, as base64. */
const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i;

/** Values of the same name, in their order. A map, so that `__proto__` is a name like any other. */
const join = (pairs: Iterable<readonly [string, string]>, separatorOf: (name: string) => string) => {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}${separatorOf(name)}${value}`);
  }
  return joined;
};

/** Names in lower case; values of a repeated header joined by commas, in the order they were sent. */
export const headersOf = (rawHeaders: readonly string[]): Record<string, string> => {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return Object.fromEntries(join(pairs, (name) => (name === 'cookie' ? '; ' : ',')));
};

/**
 * Splits a request target into path and query. Null if it names no resource here: `*`, another scheme, or a path with
 * broken escapes.
 */
export const splitTarget = (target: string): { path: string; query: string } | null => {
  const [, path = '', query = ''] = /^(?:https?:\/\/[^/?]*)?(\/[^?]*)(?:\?(.*))?$/i.exec(target) ?? [];
  if (path === '') return null;
  try {
    decodeURIComponent(path);
    return { path, query };
  } catch {
    return null;
  }
};

/** `12/Mar/2026:19:03:58 +0000` */
const commonLogTime = (at: Date): string => {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
};

/** Fifteen letters, digits, `-` and `_`, then `=`, as API Gateway's ids are. */
export const createRequestId = (): string => `${randomBytes(12).toString('base64url').slice(0, 15)}=`;

/** A repeated parameter's values are joined by commas. */
const parametersOf = (query: string): Record<string, string> =>
  Object.fromEntries(join(new URLSearchParams(query), () => ','));

const bodyOf = (body: Buffer, contentType = ''): Pick<ApiEvent, 'body' | 'isBase64Encoded'> => {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = TEXT_TYPES.test(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
};

/**
 * Builds the event of a request in payload format 2.0, with API Gateway's peculiarities: `rawPath` is decoded, and ends at a
 * decoded `?`; cookies are not among the headers; empty parts are absent.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const toEvent = (
  request: WireRequest,
  { routeKey, pathParameters }: Match,
  authorizer?: JwtAuthorizer,
): ApiEvent => {
  const { cookie, ...others } = headersOf(request.rawHeaders);
  const { host = '' } = others;
  const queryStringParameters = parametersOf(request.query);
  const [rawPath = ''] = decodeURIComponent(request.path).split('?');
  const domainName = host.replace(/:\d+$/, '');
  const forwardedFor = [others['x-forwarded-for'], request.sourceIp].filter((part) => part).join(', ');
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: request.query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/).filter((part) => part !== '') }),
    headers: {
      'content-length': '0',
      ...Object.fromEntries(Object.entries(others).filter(([name]) => !HOP_BY_HOP.has(name))),
      'x-amzn-trace-id': `Root=1-${Math.floor(request.receivedAt.getTime() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
      'x-forwarded-for': forwardedFor,
      'x-forwarded-port': String(request.port),
      'x-forwarded-proto': 'http',
    },
    ...(Object.keys(queryStringParameters).length > 0 && { queryStringParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      ...(authorizer && { authorizer }),
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: others['user-agent'] ?? '',
      },
      requestId: request.id,
      routeKey,
      stage: '$default',
      time: commonLogTime(request.receivedAt),
      timeEpoch: request.receivedAt.getTime(),
    },
    ...(pathParameters && { pathParameters }),
    ...bodyOf(request.body, others['content-type']),
  };
};
