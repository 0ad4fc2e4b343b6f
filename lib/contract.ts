import { z } from 'zod';
import type { ErrorCode } from './errors.ts';

/** What a caller's token must carry (JWT `scope`/`scp`); `null` on an endpoint: open to everyone. */
export type Scope =
  | 'posts:read'
  | 'sync:write'
  | 'comments:write'
  | 'insights:read'
  | 'publish:write'
  | 'accounts:read'
  | 'accounts:write'
  /** No endpoint asks for it: whoever has it sees every account. */
  | 'accounts:all';

/** The methods that endpoints have, in the order that `Allow` names them. `HEAD` comes with `GET`, `OPTIONS` with any. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** The parts of a request that a contract may declare; other parts are not read. */
type RequestSchema = z.ZodObject<{
  params?: z.ZodType;
  query?: z.ZodType;
  headers?: z.ZodType;
  body?: z.ZodType;
}>;

/**
 * One HTTP operation, declared once: validation, routes (API Gateway and local), and `openapi.json` all read it.
 * `path` is relative to `/api/v1` with `{name}` placeholders, unless `base` says otherwise.
 */
export interface Endpoint<
  Request extends RequestSchema = RequestSchema,
  Responses extends Readonly<Record<number, z.ZodType>> = Readonly<Record<number, z.ZodType>>,
> {
  method: Method;
  path: `/${string}`;
  /** Other paths of the same operation (`/posts/{id}/comments` beside `/posts/{id}/comment`). */
  aliases?: readonly `/${string}`[];
  /** `''` for the few paths outside `/api/v1` (openapi.json, docs). */
  base?: '' | '/api/v1';
  operationId: string;
  summary: string;
  tags: readonly string[];
  scope: Scope | null;
  request: Request;
  /** By status; each is parsed on the way out too, so that no column leaks. `z.undefined()` for 204. */
  responses: Responses;
  /** Problems besides those of every endpoint (`validation_failed`, `not_found`, 401/403, 500 …). */
  problems: readonly ErrorCode[];
  /** Days (`2026-12-01`): clients should not use it after `since`, and it may be removed on `sunset`. */
  deprecated?: { since: string; sunset: string };
  /** It honours `Prefer: wait=N` and `Prefer: respond-async`. */
  longRunning?: boolean;
  /** Content type of the body it reads; default `application/json`. */
  consumes?: 'application/json' | 'multipart/form-data';
  /** Content type of its 200 answer where that is not JSON (`text/html`). */
  produces?: string;
  /** Content type of its 200 answer where the handler gives text instead of what `responses` says (`text/csv`). */
  alsoProduces?: string;
}

/** Declares an endpoint, keeping the exact types of its schemas. */
export const endpoint = <
  const Request extends RequestSchema,
  const Responses extends Readonly<Record<number, z.ZodType>>,
  const Text extends { alsoProduces?: string },
>(
  declaration: Endpoint<Request, Responses> & Text,
): Endpoint<Request, Responses> & Pick<Text, keyof Text & 'alsoProduces'> => declaration;

/** Full path of an endpoint as routers know it, e.g. `/api/v1/posts/{id}`. */
export const pathsOf = ({ base = '/api/v1', path, aliases = [] }: Endpoint): string[] =>
  [path, ...aliases].map((one) => `${base}${one}`);

/** Problems of every endpoint that asks Instagram. */
export const INSTAGRAM_PROBLEMS = [
  'account_disconnected',
  'instagram_token_invalid',
  'instagram_permission_missing',
  'instagram_error',
  'instagram_rate_limited',
  'instagram_timeout',
  'database_unavailable',
] as const satisfies readonly ErrorCode[];

/** An internal id: an opaque positive integer below 2^53, shared by every table. */
export const idSchema = z.int().positive().meta({ description: 'Internal id: opaque, below 2^53', example: 2_049 });

/** An internal id as a path or query parameter. Anything else names nothing that exists. */
export const idParamSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'must be an id: a whole number from 1 on')
  .transform(Number)
  .refine(Number.isSafeInteger, 'must be an id: a whole number below 2^53')
  .meta({ override: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, example: 2_049 });

/** ISO 8601 in UTC with `Z`. */
export const timestampSchema = z.iso.datetime().meta({ example: '2026-11-21T09:30:00Z' });

/** What a sync can bring up to date in addition to the media; runs and accounts have it. */
export const syncIncludeSchema = z.enum(['comments', 'insights']);

/** `?limit=` of every list. */
export const limitSchema = z
  .string()
  .regex(/^[0-9]{1,3}$/, 'must be a whole number from 1 to 100')
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 100, 'must be a whole number from 1 to 100')
  .default(20)
  .meta({ override: { type: 'integer', minimum: 1, maximum: 100, default: 20 } });

/** `?cursor=` of every list: opaque; `lib/pagination.ts` reads it. */
export const cursorSchema = z.string().meta({ description: 'Opaque position from `next` or `previous`' });

/** `Idempotency-Key`: the same request under the same key acts once, even if client or service crash in between. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x20-\x7e]{1,255}$/, 'must have 1 to 255 printable ASCII characters')
  .meta({ example: 'f3c1a9d2-5a1e-4f6b-9d57-0c1f2f7b6d10' });

/**
 * `If-Match`: the versions of which one must still be the newest, as `ETag`s name them (`"v3-…"`); null for `*`, which every
 * version matches. One of another form names no version, so it matches nothing.
 */
export const ifMatchSchema = z
  .string()
  .transform((header) =>
    header.trim() === '*'
      ? null
      : header.split(',').flatMap((tag) => {
          const [, version] = /^\s*(?:W\/)?"v([1-9][0-9]{0,14})[-"]/.exec(tag) ?? [];
          return version === undefined ? [] : [Number(version)];
        }),
  )
  .optional()
  .meta({
    override: { type: 'string' },
    description: 'The `ETag` of what you have read: if somebody has changed it since, the answer is `412`',
    example: '"v3-b1946ac92492d2347c6235b4d2611184"',
  });

/** A query parameter that is `true` or `false`, `false` when it is left out. */
export const switchParamSchema = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true')
  .default(false)
  .meta({ override: { type: 'boolean', enum: [true, false], default: false } });

declare const isNamed: unique symbol;
/**
 * An account as a caller names it. Not a number to the compiler: it becomes one where a statement has found the account
 * among those that the caller may see (`lib/database/account-scope.ts`).
 */
export interface NamedAccount {
  readonly [isNamed]: never;
}

/** `{id}` of `/accounts/{id}`. */
export const accountParamSchema = idParamSchema as unknown as z.ZodType<NamedAccount, string>;

/** `"account_id"` of a body; needed only where the caller sees more than one account. */
export const namedAccountSchema = (idSchema as unknown as z.ZodType<NamedAccount, number>).optional();

/** `?account_id=`; needed only where the caller sees more than one account. */
export const accountIdParamSchema = accountParamSchema.optional();

/** A page of `items`; use cases return cursors in `next` and `previous`, `apiHandler` turns them into absolute links. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ next: z.string().nullable(), previous: z.string().nullable(), results: z.array(item).readonly() });
export interface Page<Item> {
  next: string | null;
  previous: string | null;
  results: readonly Item[];
}
