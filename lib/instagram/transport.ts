import { errorFields, logger } from '../logger.ts';
import { stopSignal } from '../stopping.ts';
import { readAnswer } from './answer.ts';
import { overLiveConnections } from './connections.ts';
import type { InstagramErrorKind } from './error-table.ts';
import { exchangeError, InstagramError } from './errors.ts';
import { type CallClock, type CallOptions, callClock, ExchangeFailed, readText, withinTime } from './exchange.ts';
import type { GraphCaller } from './graph.ts';
import { type GraphAddress, toFetchArguments, toTemplate } from './request.ts';
import { readUsage, type Usage } from './usage.ts';

/** The outcome of one attempt, for metrics. `path` has its ids replaced: `{id}/media`. */
export interface CallReport {
  method: string;
  path: string;
  kind: 'ok' | InstagramErrorKind;
  httpStatus: number | null;
  ms: number;
}

export interface TransportOptions extends GraphAddress {
  /** A function is called before every attempt. */
  token: string | (() => Promise<string>);
  /** Called after every answer with usage headers, also after errors. */
  onUsage?: (usage: Usage) => void;
  /** Called after every attempt that was sent. */
  onCall?: (report: CallReport) => void;
  /** For one attempt, body included; default 10 s. */
  timeoutMs?: number;
  /** Of one answer, after decompression; default 16 MiB. A page of 100 albums takes about 2 MiB. */
  maxBytes?: number;
  /** Default: this process's. */
  clock?: CallClock;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 * 1_048_576;

/** Makes one attempt of a call, with its credentials and time limit. Gives a value or throws an `InstagramError`. */
export const createTransport =
  ({ timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, clock = callClock, ...options }: TransportOptions): GraphCaller =>
  async (call, limits = {}) => {
    const { method = 'GET', schema } = call;
    const path = toTemplate(call.path);
    const about = { call: `${method} ${path}`, write: method !== 'GET' };
    const token = typeof options.token === 'string' ? options.token : await options.token();
    // the error of `Headers` would repeat the token
    if (!/^[\x21-\x7e]+$/.test(token)) throw exchangeError({ ...about, failure: 'bad_token', nothingSent: true });
    const { url, init, secrets } = toFetchArguments(call, token, options);

    const attempt: { began: number | null; httpStatus: number | null } = { began: null, httpStatus: null };
    const report = (kind: CallReport['kind']) => {
      const { began, httpStatus } = attempt;
      if (began !== null) tell(options.onCall, { method, path, kind, httpStatus, ms: clock.now() - began });
    };
    try {
      const [response, text] = await withinTime(
        { ...limits, ...cut(about, limits), timeoutMs, clock },
        async (signal) => {
          attempt.began = clock.now();
          // a redirect is never followed: it would send the token elsewhere
          const answer = await overLiveConnections((connections) =>
            fetch(url, { ...init, ...connections, redirect: 'manual', signal }),
          );
          attempt.httpStatus = answer.status;
          call.onHeaders?.(answer.headers);
          const usage = readUsage(answer.headers);
          if (usage !== null) tell(options.onUsage, usage);
          return [answer, await readText(answer, maxBytes)] as const;
        },
      );
      const value = readAnswer(text, response, { ...about, schema, secrets });
      report('ok');
      return value;
    } catch (error) {
      const failed = error instanceof ExchangeFailed ? toInstagramError(error, about, attempt.httpStatus) : error;
      if (failed instanceof InstagramError) report(failed.kind);
      throw failed;
    }
  };

/** When the process stops, a read is cancelled: it can be made again. A write is not: its outcome would be unknown. */
const cut = ({ write }: { write: boolean }, { signal }: CallOptions): CallOptions =>
  write ? {} : { signal: signal === undefined ? stopSignal() : AbortSignal.any([signal, stopSignal()]) };

const toInstagramError = (
  { failure, nothingSent, note }: ExchangeFailed,
  about: { call: string; write: boolean },
  httpStatus: number | null,
) => exchangeError({ ...about, failure, nothingSent, httpStatus, ...(note === undefined ? {} : { note }) });

/** Calls an observer. If the observer fails, the answer must not be lost. */
const tell = <Value>(observer: ((value: Value) => void) | undefined, value: Value): void => {
  if (observer === undefined) return;
  (async () => observer(value))().catch((error: unknown) =>
    logger.warn('An observer of the Instagram client failed', {
      event: 'instagram_observer_failed',
      ...errorFields(error),
    }),
  );
};
