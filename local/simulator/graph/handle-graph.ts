import type { ServerResponse } from 'node:http';
import type { CallLog } from '../calls.ts';
import { type Exchange, readParams } from '../http/exchange.ts';
import type { Scenarios } from '../scenarios/scenarios.ts';
import { answerCall, type Delivery } from './answer.ts';
import type { App } from './authorise.ts';
import { type Graph, readCall } from './read-call.ts';

export interface GraphHandlerOptions {
  readonly graph: Graph;
  readonly app: App;
  readonly scenarios: Scenarios;
  readonly calls: CallLog;
  readonly latencyMs: () => number;
  /** Aborted when the simulator stops. */
  readonly closing: AbortSignal;
}

const deliver = (response: ServerResponse, { status, headers, body, manner }: Delivery): void => {
  if (manner === 'reset') {
    response.destroy();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const announced = manner === 'cut' ? half : bytes;
  response.writeHead(status, { ...headers, 'Content-Length': String(announced.length) });
  if (manner === 'unfinished') response.write(half, () => response.destroy());
  else response.end(announced);
};

const isAbort = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';

/** Answers a call to the Graph API, as scenarios have it. */
export const createGraphHandler =
  ({ graph, app, scenarios, calls, latencyMs, closing }: GraphHandlerOptions) =>
  async ({ request, response, url }: Exchange): Promise<void> => {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const call = readCall(
      {
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        body: await readParams(request),
        authorization: request.headers.authorization,
        origin: url.origin,
      },
      graph,
    );
    const acting = scenarios.take(call);
    const done = calls.begin(call, acting);
    let delivery: Delivery | null = null;
    try {
      delivery = await answerCall(call, acting, { app, latencyMs: latencyMs(), isLeft: left.signal, closing });
      response.setHeader('Date', new Date(graph.world.now()).toUTCString());
    } catch (error) {
      // held calls that were let go, and those under way when the simulator stops
      if (!isAbort(error)) throw error;
    } finally {
      done(delivery);
    }
    if (delivery) deliver(response, delivery);
    else response.destroy();
  };
