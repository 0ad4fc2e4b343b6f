import type { z } from 'zod';
import type { CallOptions } from './exchange.ts';

/** Which of Meta's two logins made a token. Host, identity fields and what the API offers depend on it. */
export type Login = 'instagram' | 'facebook';

type Scalar = string | number | boolean;

/** One call of the Graph API. */
export interface GraphCall<Value> {
  /** Default `GET`. Any other is a write: it is sent once, and its error says what it may have done. */
  method?: 'GET' | 'POST' | 'DELETE';
  /** Segments after the version: `[mediaId, 'comments']`. */
  path: readonly string[];
  /** Query. No credentials, and no people's texts: those belong in `body`. */
  params?: Readonly<Record<string, Scalar | null | undefined>>;
  /** Form fields of a POST; objects and lists go as JSON, as Graph expects them. */
  body?: Readonly<Record<string, Scalar | object | null | undefined>>;
  /** Called with the headers of every answer before it is read: they tell Instagram's time. */
  onHeaders?: (headers: Headers) => void;
  /** The shape of the answer; unknown keys are allowed. */
  schema: z.ZodType<Value>;
  /** `false` for Meta's token exchange and refresh, which are documented without a version. */
  versioned?: boolean;
  /**
   * Makes query parameters that are credentials from the client's token: Meta's debug, exchange and refresh calls take them
   * nowhere else. Such a call has no bearer header. No address is ever logged or kept in an error.
   */
  secretParams?: (token: string) => Readonly<Record<string, string>>;
}

/**
 * Makes a call and gives its parsed answer.
 * @throws {InstagramError} without a valid answer. What the client's `token()` throws passes through: nothing was sent.
 */
export type GraphCaller = <Value>(call: GraphCall<Value>, options?: CallOptions) => Promise<Value>;

/** Makes calls as the client does, reads with their retries. `now` is its `CallClock`'s. */
export type GraphRequest = GraphCaller & { now: () => number };
