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

/** When a call must end, whatever it is doing. */
export interface CallOptions {
  /** A point on the `CallClock` (`performance.now()`); the socket is cut there. For a write: the intent's `send_by`. */
  deadline?: number;
  /** Cuts the socket too. */
  signal?: AbortSignal;
}

/**
 * When calls must end of which several may be needed for one answer: all of them together, or each by itself, asked anew
 * before every one.
 */
export type CallLimits = CallOptions | (() => CallOptions | Promise<CallOptions>);

/** An exchange that brought no whole answer; `note` is a system error code, never a text from outside. */
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

/** Code of errors that arise only while a connection is being made: not a byte of the request is out. */
const BEFORE_SENDING = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'];

/** Says, of what `fetch` threw, how far the request can have come. */
const toExchangeFailed = (error: unknown): ExchangeFailed => {
  if (error instanceof ExchangeFailed) return error;
  const { cause = error } = (error ?? {}) as { cause?: unknown }; // `fetch` wraps what happened
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown };
  const note = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? { note: code } : {};
  const nothingSent = BEFORE_SENDING.includes(String(code)) || syscall === 'connect' || syscall === 'getaddrinfo';
  return new ExchangeFailed(nothingSent ? 'not_sent' : 'connection_lost', { nothingSent, ...note });
};

/**
 * Runs `act` under a signal that fires at the deadline, after `timeoutMs`, or with the caller's own signal, whichever is
 * first. An end that has already come is reported without running it.
 * @throws {ExchangeFailed} for every failure of `act`
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
 * @throws {ExchangeFailed} `too_large`
 */
export const readText = async (response: Response, maxBytes: number): Promise<string> => {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // leaving the loop cancels the stream, and with it the socket
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new ExchangeFailed('too_large');
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, bytes));
};
