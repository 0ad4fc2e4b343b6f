import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { errorFields, logger } from '../../lib/logger.ts';

/** Lambda takes and returns at most this much JSON in a synchronous invocation. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A character takes at most six bytes of JSON (a control character as `\u0000`), so a short text need not be measured. */
const MAX_CHARACTER_BYTES = 6;

// biome-ignore lint/suspicious/noExplicitAny: each handler takes the event of its own trigger
export type Handler = (event: any, context: Context) => unknown;

/** Finds a function's exported handler by its entry: `list-posts` is `functions/list-posts.ts`. */
export type LoadHandler = (entry: string) => Promise<Handler>;

/** Why an invocation gave no result, as API Gateway and an event source mapping get it. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly reason: 'failed' | 'timed_out' | 'request_too_large' | 'response_too_large';

  constructor(reason: InvocationError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A Lambda function as its callers see it. @throws {InvocationError} when it gives no result. */
export type Invoke = (event: unknown) => Promise<unknown>;

/**
 * Runs a handler as Lambda does: loaded on the first invocation, with Lambda's context, time limit and payload limits. One
 * thing differs: a handler that overruns its time is not killed; its caller only stops waiting.
 */
export const createFunction = (
  entry: string,
  { load, timeoutSeconds }: { load: LoadHandler; timeoutSeconds: number },
): Invoke => {
  let loading: Promise<Handler> | undefined;

  return async (event) => {
    if (exceeds(event, sizeHint(event))) {
      throw new InvocationError('request_too_large', `the event of ${entry} is larger than Lambda takes`);
    }
    const context = createContext(entry, timeoutSeconds);
    const run = async () => {
      loading ??= load(entry);
      return (await loading)(event, context);
    };
    try {
      const result = await withinSeconds(timeoutSeconds, run(), entry);
      if (!exceeds(result, sizeHint(result))) return result;
      throw new InvocationError('response_too_large', `the result of ${entry} is larger than Lambda returns`);
    } catch (error) {
      throw reported(error, entry, context.awsRequestId);
    }
  };
};

/** Logs an invocation's failure once, as Lambda does, whoever invoked it. */
const reported = (error: unknown, entry: string, requestId: string): InvocationError => {
  const failure =
    error instanceof InvocationError ? error : new InvocationError('failed', `${entry} failed`, { cause: error });
  logger.error('function failed', {
    event: 'function_failed',
    function: entry,
    function_request_id: requestId,
    reason: failure.reason,
    error: errorFields(failure.cause ?? failure),
  });
  return failure;
};

const withinSeconds = async <Result>(seconds: number, work: Promise<Result>, entry: string): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    const error = new InvocationError('timed_out', `${entry} took longer than ${seconds} s`);
    timer = setTimeout(() => reject(error), seconds * 1000);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
};

/** The only text of an event or result that can be long. */
const sizeHint = (payload: unknown): number | null => {
  if (typeof payload !== 'object' || payload === null) return null;
  const { body } = payload as { body?: unknown };
  return typeof body === 'string' ? body.length : null;
};

/** Beside its body, an event has at most 10 KB of headers. So with a short body the event need not be measured as JSON. */
const exceeds = (payload: unknown, bodyLength: number | null): boolean => {
  if (bodyLength !== null && bodyLength * MAX_CHARACTER_BYTES < MAX_PAYLOAD_BYTES / 2) return false;
  return Buffer.byteLength(JSON.stringify(payload) ?? '') > MAX_PAYLOAD_BYTES;
};

const createContext = (entry: string, timeoutSeconds: number): Context => {
  const endsAt = performance.now() + timeoutSeconds * 1000;
  const unsupported = () => {
    throw new Error('Handlers are asynchronous: done, fail and succeed are not supported');
  };
  return {
    functionName: entry,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${entry}`,
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${entry}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(endsAt - performance.now())),
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  };
};
