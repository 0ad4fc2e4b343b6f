import type { ApiEvent, InvocationContext } from './event.ts';

/** API Gateway gives up after 30 s. The difference is for the way in and out. */
const MAX_REQUEST_MS = 27_000;
/** Time that is kept back from Lambda's limit, to answer and to log. */
const RESERVE_MS = 1_000;

/**
 * When the answer must be on its way, as `performance.now()` ms: 27 s after the gateway took the request, and never later
 * than a second before the execution environment is stopped. A gateway clock ahead of ours gains no time.
 */
export const deadlineOf = ({ requestContext: { timeEpoch } }: ApiEvent, context: InvocationContext): number => {
  const elapsedMs = Math.max(0, Date.now() - timeEpoch);
  return performance.now() + Math.min(MAX_REQUEST_MS - elapsedMs, context.getRemainingTimeInMillis() - RESERVE_MS);
};
