import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { errorFields, logger } from '../../../lib/logger.ts';
import { type Exchange, HttpError, sendJson } from './exchange.ts';

type Handler = (exchange: Exchange) => Promise<void>;

export interface ListenerOptions {
  /** @throws {HttpError} for requests that must not be answered. */
  readonly guard: (request: IncomingMessage) => void;
  readonly graph: Handler;
  readonly cdn: Handler;
  readonly control: Handler;
  readonly gallery: Handler;
}

const toUrl = (request: IncomingMessage): URL => {
  // built by hand: `new URL(path, base)` would read a path that begins with two slashes as a host
  const url = URL.parse(`http://${request.headers.host}${request.url?.startsWith('/') ? request.url : '/'}`);
  if (!url) throw new HttpError(400, 'The address cannot be read');
  return url;
};

/** Hands each request to its handler; all other paths belong to the Graph API. */
export const createListener = ({ guard, graph, cdn, control, gallery }: ListenerOptions): RequestListener => {
  const handlerFor = ({ pathname }: URL): Handler => {
    if (pathname === '/_simulator' || pathname.startsWith('/_simulator/')) return control;
    if (pathname.startsWith('/cdn/')) return cdn;
    return pathname === '/' || pathname.startsWith('/gallery/') ? gallery : graph;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    guard(request);
    const url = toUrl(request);
    await handlerFor(url)({ request, response, url });
  };

  const fail = (response: ServerResponse, error: unknown): void => {
    if (response.destroyed) return;
    const isRefusal = error instanceof HttpError;
    if (!isRefusal) logger.error('The simulator failed', { event: 'simulator_failed', error: errorFields(error) });
    if (response.headersSent) response.destroy();
    else
      sendJson(response, isRefusal ? error.status : 500, {
        error: isRefusal ? error.message : 'The simulator failed; see its log',
      });
  };

  return (request, response) => {
    handle(request, response).catch((error: unknown) => fail(response, error));
  };
};
