import { callClock } from './exchange.ts';
import type { GraphCaller, GraphRequest } from './graph.ts';
import { accountResource } from './resources/account.ts';
import { commentsResource } from './resources/comments.ts';
import { containersResource } from './resources/containers.ts';
import { insightsResource } from './resources/insights.ts';
import { mediaResource } from './resources/media.ts';
import { nodeResource } from './resources/node.ts';
import { pagesResource } from './resources/pages.ts';
import { publishingResource } from './resources/publishing.ts';
import { tokenResource } from './resources/token.ts';
import { type Sleep, sleep, withRetries } from './retry.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export interface InstagramClientOptions extends TransportOptions {
  /** Gives 0..1; spreads the delays between attempts. */
  random?: () => number;
  sleep?: Sleep;
}

/**
 * The Graph API for one account's token. A read that fails is repeated while that may help and its deadline allows. A write
 * is sent once; its error says what it may have done.
 */
export const createInstagramClient = ({
  random = Math.random,
  sleep: pause = sleep,
  clock = callClock,
  ...options
}: InstagramClientOptions) => {
  const attempt = createTransport({ ...options, clock });
  const call: GraphCaller = (asked, limits = {}) =>
    (asked.method ?? 'GET') === 'GET'
      ? withRetries(() => attempt(asked, limits), limits, { random, sleep: pause, now: clock.now })
      : attempt(asked, limits);
  const request: GraphRequest = Object.assign(call, { now: clock.now });
  return {
    account: accountResource(request, options.login),
    media: mediaResource(request),
    comments: commentsResource(request),
    containers: containersResource(request),
    publishing: publishingResource(request),
    node: nodeResource(request),
    insights: insightsResource(request),
    pages: pagesResource(request),
    token: tokenResource(request),
  };
};

export type InstagramClient = ReturnType<typeof createInstagramClient>;
