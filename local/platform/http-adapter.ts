import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Endpoint, Scope } from '../../lib/contract.ts';
import type { JwtAuthorizer } from '../../lib/http/event.ts';
import { errorFields, logger } from '../../lib/logger.ts';
import { refusalOf } from './access.ts';
import { announcesTooLarge, discardBody, isEndless, readBody } from './body.ts';
import { errorCode } from './error-code.ts';
import { createRequestId, headersOf, splitTarget, toEvent } from './event.ts';
import { createFunction, InvocationError, type Invoke, type LoadHandler } from './lambda.ts';
import { gatewayResponse, toResponse, type WireResponse } from './response.ts';
import { createRouter } from './routing.ts';
import type { Intercept } from './upload-front.ts';

/** API Gateway's limit for the request line and the header values together. */
const MAX_HEAD_BYTES = 10_240;
/** Larger than API Gateway's limit, so that we answer a too large head as API Gateway does, and not Node. */
const MAX_PARSED_HEAD_BYTES = 64 * 1024;
/** API Gateway waits this long for a function, so functions get the same time. */
const INTEGRATION_TIMEOUT_SECONDS = 30;
/** How long a request's head and body may take to arrive. */
const ARRIVAL_TIMEOUT_MS = 60_000;
/** Longer than clients keep an idle connection, so that the client closes it, not we. */
const KEEP_ALIVE_MS = 65_000;

/** What the JWT authorizer decides about a request: admitted with its claims, or refused. */
export type Authorization =
  | Required<JwtAuthorizer>
  /** `challenge` becomes `WWW-Authenticate`. */
  | { refused: 401 | 403; challenge: string }
  /** It could not be found out whether the token is good. */
  | { refused: 503; retryAfterSeconds: number };

export interface GatewayOptions {
  routes: readonly { contract: Endpoint; entry: string }[];
  load: LoadHandler;
  /** Serves any `Host`, not only loopback names (`ALLOW_OPEN_BIND`). */
  anyHost: boolean;
  /** Names that are served beside loopback ones (`ALLOWED_HOSTS`), in lower case. */
  allowedHosts?: readonly string[];
  /** Origins whose pages may call the API (`API_ORIGINS`), in lower case. */
  apiOrigins?: readonly string[];
  /** The JWT authorizer of routes that have a scope; absent: open to everybody who reaches the address. */
  authorize?: (request: { headers: Readonly<Record<string, string>>; scope: Scope }) => Promise<Authorization>;
  integrationTimeoutSeconds?: number;
  /** Asked first about every request: takes those that are not for the API. */
  intercept?: Intercept;
}

export interface HttpAdapter {
  /** Where it listens, without a slash at the end. */
  url: string;
  /** Begins to answer; requests that came before wait for it. */
  open: () => void;
  /** Takes no more requests, waits up to `graceMs` for those under way, then cuts them off. */
  close: (graceMs: number) => Promise<void>;
}

/**
 * Listens on a port as API Gateway's HTTP API would in front of the same functions: same events, limits, error answers.
 * @throws {Error} one line, when the port cannot be listened on.
 */
export const startHttpAdapter = async (
  { host, port }: { host: string; port: number },
  options: GatewayOptions,
): Promise<HttpAdapter> => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const answer = createGateway(options);
  const server = createServer({
    maxHeaderSize: MAX_PARSED_HEAD_BYTES,
    requestTimeout: ARRIVAL_TIMEOUT_MS,
    headersTimeout: ARRIVAL_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await opened;
    if (options.intercept?.(request, response)) return;
    let waitsToSend = request.headers.expect !== undefined; // such a client sends its body after `100 Continue` only
    const body = () => {
      if (waitsToSend) response.writeContinue();
      waitsToSend = false;
      return readBody(request);
    };
    const { status, headers, body: content } = await answer(request, body);
    // A client that sends without end is answered meanwhile, and its connection is closed soon.
    const isEarly = !waitsToSend && isEndless(request);
    if (!waitsToSend && !isEarly) await discardBody(request);
    if (!server.listening || waitsToSend || isEarly) response.setHeader('connection', 'close');
    // A function answers HEAD without a body, so the length is not known.
    const bodiless = status === 204 || status === 304 || (request.method === 'HEAD' && content.length === 0);
    response.writeHead(status, { ...headers, ...(!bodiless && { 'content-length': content.length }) });
    if (isEarly) {
      response.write(content);
      await discardBody(request);
      response.end();
    } else response.end(content);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      const gone = request.destroyed && !request.complete; // the client caused it, and is gone
      logger[gone ? 'debug' : 'error']('request lost', { event: 'request_lost', error: errorFields(error) });
      response.destroy();
    });
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('clientError', refuseUnreadable);
  await listen(server, host, port);
  return { url: urlOf(server), open, close: (graceMs) => close(server, graceMs) };
};

type ReadBody = () => Promise<Buffer | 'too_large'>;

/** Takes one request to its function and back. */
const createGateway = (options: GatewayOptions) => {
  const { routes, load, anyHost, allowedHosts = [], apiOrigins = [], authorize, integrationTimeoutSeconds } = options;
  const match = createRouter(routes);
  const timeoutSeconds = integrationTimeoutSeconds ?? INTEGRATION_TIMEOUT_SECONDS;
  const functions = new Map<string, Invoke>();
  const functionOf = (entry: string): Invoke => {
    const known = functions.get(entry) ?? createFunction(entry, { load, timeoutSeconds });
    functions.set(entry, known);
    return known;
  };

  const handle = async (request: IncomingMessage, readBody: ReadBody, id: string): Promise<WireResponse> => {
    const receivedAt = new Date();
    const { method = '', url = '', rawHeaders, httpVersion, socket } = request;
    const headers = headersOf(rawHeaders);
    const refusal = refusalOf(method, headers, { hosts: anyHost ? 'any' : allowedHosts, origins: apiOrigins });
    if (refusal !== null) return gatewayResponse(403, refusal);
    if (headSize(request) > MAX_HEAD_BYTES) return gatewayResponse(431, 'Request Header Fields Too Large');
    const target = splitTarget(url);
    if (target === null) return gatewayResponse(400, 'Bad Request');

    const route = match(method, target.path);
    const authorization = route.scope === null ? undefined : await authorize?.({ headers, scope: route.scope });
    if (authorization && 'refused' in authorization) {
      return toRefusal(authorization);
    }

    if (announcesTooLarge(request)) return TOO_LARGE;
    const body = await readBody();
    if (body === 'too_large') return TOO_LARGE;

    const sourceIp = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const port = socket.localPort ?? 0;
    const wire = { ...target, id, method, rawHeaders, body, httpVersion, sourceIp, port, receivedAt };
    return functionOf(route.entry)(toEvent(wire, route, authorization)).then(toResponse, toFailure);
  };

  return async (request: IncomingMessage, readBody: ReadBody): Promise<WireResponse> => {
    const id = createRequestId();
    const { headers, ...answer } = await handle(request, readBody, id);
    return { ...answer, headers: { ...headers, 'apigw-requestid': id } };
  };
};

const toRefusal = (authorization: Extract<Authorization, { refused: number }>): WireResponse => {
  if (authorization.refused === 503) {
    return gatewayResponse(503, 'Service Unavailable', { 'retry-after': String(authorization.retryAfterSeconds) });
  }
  const { refused, challenge } = authorization;
  return gatewayResponse(refused, refused === 401 ? 'Unauthorized' : 'Forbidden', { 'www-authenticate': challenge });
};

/** In API Gateway's words, and what to do, which it does not know. */
const TOO_LARGE = gatewayResponse(
  413,
  'Request Entity Too Large: send a file of more than 4 MB by the form of POST /api/v1/uploads',
);

/** API Gateway's answer when an invocation gave no result. */
const toFailure = (error: unknown): WireResponse => {
  const reason = error instanceof InvocationError ? error.reason : 'failed';
  if (reason === 'timed_out') return gatewayResponse(503, 'Service Unavailable');
  return reason === 'request_too_large' ? TOO_LARGE : gatewayResponse(500, 'Internal Server Error');
};

const headSize = ({ method = '', url = '', rawHeaders }: IncomingMessage): number => {
  const values = rawHeaders.filter((_part, index) => index % 2 === 1);
  return values.reduce((size, value) => size + value.length, `${method} ${url} HTTP/1.1`.length);
};

/** The answer to bytes that Node could not read as a request. */
const refuseUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'Request Timeout']
        : ['400 Bad Request', 'Bad Request'];
  const body = JSON.stringify({ message });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
};

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'EADDRINUSE') throw new Error(`PORT: ${port} is taken; stop what uses it, or set another`, { cause });
    if (code === 'EACCES') throw new Error(`PORT: ${port} needs privileges; set one above 1023`, { cause });
    throw new Error(`HOST: it is not possible to listen on ${host} (${code})`, { cause });
  }
};

const urlOf = (server: Server): string => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('listens on no TCP port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
};

const close = async (server: Server, graceMs: number): Promise<void> => {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close(); // idle connections with it
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cutOff);
};
