import type { z } from 'zod';
import type { CallOptions } from './exchange.ts';

/** Which of Meta's two logins a token was made by; it decides host, identity fields and what exists. */
export type Login = 'instagram' | 'facebook';

type Scalar = string | number | boolean;

/** One call of the Graph API. */
export interface GraphCall<Value> {
  /** Default `GET`. Anything else is a write: sent once, and its error says what it may have done. */
  method?: 'GET' | 'POST' | 'DELETE';
  /** Segments after the version: `[mediaId, 'comments']`. */
  path: readonly string[];
  /** Query. Never credentials, and no texts of people: those belong into `body`. */
  params?: Readonly<Record<string, Scalar | null | undefined>>;
  /** Form fields of a POST; objects and lists go as JSON, as Graph expects them. */
  body?: Readonly<Record<string, Scalar | object | null | undefined>>;
  /** Told the headers of every answer, before it is read: for its `Date`. */
  onHeaders?: (headers: Headers) => void;
  /** What the answer must look like; unknown keys pass. */
  schema: z.ZodType<Value>;
  /** `false` for Meta's token exchange and refresh, which are documented without a version. */
  versioned?: boolean;
  /**
   * Query parameters that are credentials, from the client's token: for Meta's debug, exchange and refresh calls, which
   * take them nowhere else. Such a call carries no bearer header. No address is ever logged or kept in an error.
   */
  secretParams?: (token: string) => Readonly<Record<string, string>>;
}

/**
 * Makes a call and gives its parsed answer.
 * @throws {InstagramError} for all that is no valid answer. What the client's `token()` throws passes: nothing was sent.
 */
export type GraphRequest = <Value>(call: GraphCall<Value>, options?: CallOptions) => Promise<Value>;
