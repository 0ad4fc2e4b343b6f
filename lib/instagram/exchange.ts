import type { ExchangeFailure } from './error-table.ts';

/** The time that calls go by. It is never set back, as the time of day may be. */
export interface CallClock {
  /** Milliseconds since any moment, the same for all deadlines. */
  now: () => number;
  /** Calls `act` when so many milliseconds have passed, unless the function it gives is called before. */
  after: (ms: number, act: () => void) => () => void;
}

/** That of this process. */
export const callClock: CallClock = {
  now: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** When a call must end, whatever it is doing then. */
export interface CallOptions {
  /** A point on the `CallClock` (`performance.now()`); the socket is closed then. For a write: the intent's `send_by`. */
  deadline?: number;
  /** Closes the socket too. */
  signal?: AbortSignal;
}

/**
 * The limits of a read that may need several calls. Options hold for all the calls together; a function is asked for new
 * options before each call.
 */
export type CallLimits = CallOptions | (() => CallOptions | Promise<CallOptions>);

/** An exchange without a complete answer. `note` is a system error code, never a text from outside. */
export class ExchangeFailed extends Error {
  readonly failure: ExchangeFailure;
  readonly nothingSent: boolean;
  readonly note: string | undefined;

  constructor(failure: ExchangeFailure, { nothingSent = false, note }: { nothingSent?: boolean; note?: string } = {}) {
    super(failure);
    this.failure = failure;
    this.nothingSent = nothingSent;
    this.note = note;
  }
}

/** Codes of errors that occur only while a connection is made, when no byte of the request is sent. */
const BEFORE_SENDING = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'];

/** Tells from what `fetch` threw whether the request can have reached Instagram. */
const toExchangeFailed = (error: unknown): ExchangeFailed => {
  if (error instanceof ExchangeFailed) return error;
  const { cause = error } = (error ?? {}) as { cause?: unknown }; // `fetch` wraps the error that happened
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown };
  const note = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? { note: code } : {};
  const nothingSent = BEFORE_SENDING.includes(String(code)) || syscall === 'connect' || syscall === 'getaddrinfo';
  return new ExchangeFailed(nothingSent ? 'not_sent' : 'connection_lost', { nothingSent, ...note });
};

/**
 * Runs `act` with a signal that fires at the deadline, after `timeoutMs`, or with the caller's own signal, whichever comes
 * first. Does not run it when the deadline is over, or the signal has fired, already.
 * @throws {ExchangeFailed} for every failure of `act`.
 */
export const withinTime = async <Result>(
  {
    deadline = Number.POSITIVE_INFINITY,
    signal,
    timeoutMs,
    clock,
  }: CallOptions & { timeoutMs: number; clock: CallClock },
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const remainingMs = deadline - clock.now();
  if (signal?.aborted) throw new ExchangeFailed('cancelled', { nothingSent: true });
  if (!(remainingMs > 0)) throw new ExchangeFailed('deadline', { nothingSent: true });
  const controller = new AbortController();
  let ended: ExchangeFailed | undefined;
  const end = (failure: ExchangeFailure) => {
    ended ??= new ExchangeFailed(failure);
    controller.abort();
  };
  const cancel = () => end('cancelled');
  const cancelEnd = clock.after(Math.min(timeoutMs, remainingMs), () =>
    end(remainingMs < timeoutMs ? 'deadline' : 'timeout'),
  );
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await act(controller.signal);
  } catch (error) {
    throw ended ?? toExchangeFailed(error);
  } finally {
    cancelEnd();
    signal?.removeEventListener('abort', cancel);
  }
};

/**
 * Reads a body as text, at most `maxBytes` of it after decompression.
 * @throws {ExchangeFailed} `too_large`.
 */
export const readText = async (response: Response, maxBytes: number): Promise<string> => {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // a throw here cancels the stream, which closes the socket
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new ExchangeFailed('too_large');
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, bytes));
};
