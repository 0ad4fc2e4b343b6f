import { z } from 'zod';
import { classify } from '../classify.ts';
import { InstagramError } from '../errors.ts';
import type { CallOptions } from '../exchange.ts';
import type { GraphRequest } from '../graph.ts';
import { readAll } from '../read-all.ts';
import {
  countSchema,
  flagSchema,
  graphIdSchema,
  isMembers,
  optionalIdSchema,
  orAbsent,
  requiredTextSchema,
  rowsOf,
  textSchema,
  textsSchema,
  toGraphId,
} from '../schemas.ts';

/** What Meta tells about a token of Facebook Login. */
export interface TokenFacts {
  valid: boolean;
  /**
   * Why it is not valid: Meta's code, and our words for it. `wrongLogin`: it may be a token of the other login. `expired`: its
   * time is over.
   */
  reason: {
    code: number | null;
    error_subcode: number | null;
    words: string;
    wrongLogin: boolean;
    expired: boolean;
  } | null;
  /** The app that the token was made for; `null`: Meta does not say. */
  app_id: string | null;
  /** As Meta writes it: `USER`, `PAGE`, `SYSTEM_USER` …; `null`: it does not say. */
  type: string | null;
  user_id: string | null;
  scopes: readonly string[];
  /** The pages and accounts for which a scope was granted; `null`: for all of them. */
  targets: Readonly<Record<string, readonly string[] | null>>;
  /** ISO 8601 with `Z`; `null`: never. */
  expires_at: string | null;
  /** After this, calls may give less than there is, until the person consents again. The same format; `null`: never. */
  data_access_expires_at: string | null;
}

/** A token that Meta gave for another. */
export interface IssuedToken {
  access_token: string;
  /** How long it works from now on; `null`: Meta does not say. */
  expires_in: number | null;
}

/** The credentials of the app that the token was made for. */
export interface MetaApp {
  id: string;
  secret: string;
}

/** What a scope was granted for: absent is all there are; PHP writes an empty list as an empty object, too. */
const targetsSchema = z
  .unknown()
  .optional()
  .transform((value): string[] | null => {
    if (Array.isArray(value)) return value.map(toGraphId).filter((id) => id !== null);
    return isMembers(value) && Object.keys(value).length === 0 ? [] : null;
  });
const debugSchema = z.looseObject({
  data: z.looseObject({
    is_valid: flagSchema,
    error: orAbsent(z.looseObject({ code: countSchema, subcode: countSchema, message: textSchema })),
    app_id: optionalIdSchema,
    type: textSchema,
    user_id: optionalIdSchema,
    scopes: textsSchema,
    granular_scopes: rowsOf(z.looseObject({ scope: requiredTextSchema, target_ids: targetsSchema })),
    expires_at: z.unknown().optional(),
    data_access_expires_at: z.unknown().optional(),
  }),
});
const issuedSchema = z.looseObject({ access_token: requiredTextSchema, expires_in: countSchema });
const refreshedSchema = z.looseObject({ access_token: z.string().min(1), expires_in: z.number().positive() });
const permissionSchema = z.looseObject({ permission: requiredTextSchema, status: textSchema });
const userSchema = z.looseObject({ id: graphIdSchema });
const answerSchema = z.looseObject({});
const mediaIdsSchema = z.looseObject({ data: rowsOf(z.looseObject({ id: graphIdSchema })) });

/** In our words, because Meta's own repeat a token that it cannot read. */
const toReason = ({
  code,
  subcode,
  message,
}: {
  code: number | null;
  subcode: number | null;
  message: string | null;
}) => {
  const row = classify({ code, subcode, message: message ?? '', httpStatus: null, isTransient: false });
  return {
    code,
    error_subcode: subcode,
    words: row.words,
    wrongLogin: row.hint === 'wrong_login',
    expired: row.means === 'expired',
  };
};

/** 31 December 9999: anything later means never. */
const LAST_SECOND = 253_402_300_799;

/** From Unix seconds, also as text. 0, no time at all, and a time beyond all calendars mean never (`null`). */
const toTimestamp = (given: unknown): string | null => {
  const seconds = typeof given === 'string' && /^\d{1,15}$/.test(given.trim()) ? Number(given) : given;
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= LAST_SECOND)) return null;
  return new Date(Math.floor(seconds) * 1_000).toISOString().replace('.000Z', 'Z');
};

/** The client's own token: whose it is and what it may do. */
export const tokenResource = (request: GraphRequest) => ({
  /**
   * Facebook Login: what Meta knows of the token. An invalid token is an answer, not an error.
   * @throws {InstagramError} also when the token was made for another app.
   * @see https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging
   */
  debug: async ({ id, secret }: MetaApp, options: CallOptions = {}): Promise<TokenFacts> => {
    const secretParams = (token: string) => ({ input_token: token, access_token: `${id}|${secret}` });
    const { data } = await request({ path: ['debug_token'], secretParams, schema: debugSchema }, options);
    return {
      valid: data.is_valid === true,
      reason: data.error ? toReason(data.error) : null,
      app_id: data.app_id,
      type: data.type,
      user_id: data.user_id,
      scopes: data.scopes,
      targets: Object.fromEntries(data.granular_scopes.map(({ scope, target_ids }) => [scope, target_ids])),
      expires_at: toTimestamp(data.expires_at),
      data_access_expires_at: toTimestamp(data.data_access_expires_at),
    };
  },

  /**
   * Instagram Login: a token of 60 days for one of an hour. Meta refuses it for a token that lives long already.
   * @throws {InstagramError}
   * @see https://developers.facebook.com/docs/instagram-platform/reference/access_token
   */
  exchangeOfInstagram: ({ secret }: Pick<MetaApp, 'secret'>, options: CallOptions = {}): Promise<IssuedToken> =>
    request(
      {
        path: ['access_token'],
        params: { grant_type: 'ig_exchange_token' },
        secretParams: (token) => ({ client_secret: secret, access_token: token }),
        versioned: false,
        schema: issuedSchema,
      },
      options,
    ),

  /**
   * Facebook Login: a person's token of 60 days for one of an hour or two.
   * @throws {InstagramError}
   * @see https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
   */
  exchangeOfFacebook: ({ id, secret }: MetaApp, options: CallOptions = {}): Promise<IssuedToken> =>
    request(
      {
        path: ['oauth', 'access_token'],
        params: { grant_type: 'fb_exchange_token', client_id: id },
        secretParams: (token) => ({ client_secret: secret, fb_exchange_token: token }),
        schema: issuedSchema,
      },
      options,
    ),

  /**
   * Instagram Login: the token's life begins anew. Meta answers with another token or the same one (`null`); the old one goes on to work
   * until its own end. A token of less than a day, or one that has expired, is refused, not always as such.
   * @throws {InstagramError}
   * @see https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
   */
  refresh: async (options: CallOptions = {}): Promise<{ token: string | null; expiresInSeconds: number }> => {
    let own = '';
    const secretParams = (access_token: string) => {
      own = access_token;
      return { grant_type: 'ig_refresh_token', access_token };
    };
    const answer = await request(
      { path: ['refresh_access_token'], versioned: false, secretParams, schema: refreshedSchema },
      options,
    );
    return { token: answer.access_token === own ? null : answer.access_token, expiresInSeconds: answer.expires_in };
  },

  /** Facebook Login: id of the person or page the token is for. @throws {InstagramError} */
  whose: async (options: CallOptions = {}): Promise<string> =>
    (await request({ path: ['me'], params: { fields: 'id' }, schema: userSchema }, options)).id,

  /** Facebook Login: the scopes a person has granted. @throws {InstagramError} also for the token of a page. */
  listScopes: async (options: CallOptions = {}): Promise<string[]> => {
    const list = { path: ['me', 'permissions'], fields: [], row: permissionSchema };
    const items = await readAll(request, { ...list, idOf: ({ permission }) => permission }, options);
    return items.filter(({ status }) => status === 'granted').map(({ permission }) => permission);
  },

  /**
   * Instagram Login does not tell a token's scopes. Each is found out by a small read that needs it; not the basic scope,
   * without which even `/me` fails. `null`: it could not be found out.
   * @throws {InstagramError} when the token itself is refused.
   */
  probeScopes: async (igUserId: string, options: CallOptions = {}): Promise<Record<string, boolean | null>> => {
    const reads = probes(request, igUserId, options);
    const found = await Promise.all(
      Object.entries(reads).map(async ([scope, read]) => [scope, await isAllowed(read)] as const),
    );
    return Object.fromEntries(found);
  },
});

const probes = (request: GraphRequest, igUserId: string, options: CallOptions) => ({
  instagram_business_manage_comments: async () => {
    const { data } = await request(
      { path: [igUserId, 'media'], params: { fields: 'id', limit: 1 }, schema: mediaIdsSchema },
      options,
    );
    const [first] = data;
    if (first === undefined) return null; // nothing to have comments
    return await request(
      { path: [first.id, 'comments'], params: { fields: 'id', limit: 1 }, schema: answerSchema },
      options,
    );
  },
  instagram_business_content_publish: () =>
    request(
      { path: [igUserId, 'content_publishing_limit'], params: { fields: 'quota_usage' }, schema: answerSchema },
      options,
    ),
  instagram_business_manage_insights: () =>
    request(
      {
        path: [igUserId, 'insights'],
        params: { metric: 'reach', period: 'day', metric_type: 'total_value' },
        schema: answerSchema,
      },
      options,
    ),
});

const isAllowed = async (read: () => Promise<unknown>): Promise<boolean | null> => {
  try {
    return (await read()) === null ? null : true;
  } catch (error) {
    if (!(error instanceof InstagramError) || error.kind === 'token') throw error;
    return error.kind === 'permission' ? false : null;
  }
};
