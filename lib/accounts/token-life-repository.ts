import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { seconds } from '../database/leases.ts';
import { type TokenHolder, tokenDigest } from './repository.ts';
import { accountStatusSchema } from './schema.ts';
import type { SealedToken } from './token-cipher.ts';

/** The earliest refresh: Meta takes no token that is younger than a day. */
const MIN_AGE = sql.fragment`interval '25 hours'`;
/** Some accounts a little sooner, some later: those that were connected together are not refreshed together. */
const HALF = sql.fragment`(0.45 + ((hashint8extended(id, 0) & 1048575)::float8 / 1048576) * 0.1)`;

/** When a token of Instagram Login is refreshed: at half its life. Its columns are those of `accounts`. */
export const REFRESH_AT = sql.fragment`
  greatest(token_since + ${MIN_AGE}, token_since + (coalesce(token_expires_at, token_since) - token_since) * ${HALF})`;

const lifeSchema = z.strictObject({
  status: accountStatusSchema,
  /** Its time to be refreshed has come. Null: nobody knows since when it is ours. */
  due: z.boolean().nullable(),
  seconds_left: z.number().nullable(),
  refused_seconds_ago: z.number().nullable(),
  next_token_ciphertext: z.instanceof(Buffer).nullable(),
  next_token_key_id: z.string().nullable(),
  next_token_cipher_version: z.int().nullable(),
});

/** How far an account's token has lived; `successor`: the refreshed token that has not worked yet. */
export interface TokenLife
  extends Pick<z.output<typeof lifeSchema>, 'status' | 'due' | 'seconds_left' | 'refused_seconds_ago'> {
  successor: SealedToken | null;
}

const holds = ({ id, token_digest }: TokenHolder) => sql.fragment`id = ${id} AND ${tokenDigest} = ${token_digest}`;
const NO_SUCCESSOR = sql.fragment`
  next_token_ciphertext = NULL, next_token_key_id = NULL, next_token_cipher_version = NULL, next_token_expires_at = NULL`;

/**
 * The life of an account's token, in `accounts`. Whatever is written concerns the token that was read before: one that has
 * replaced it since is left alone.
 */
export const createTokenLifeRepository = (database: CommonQueryMethods) => ({
  /** Null: the account is there no more, or has another token. */
  find: async (account: TokenHolder): Promise<TokenLife | null> => {
    const row = await database.maybeOne(sql.type(lifeSchema)`
      SELECT status, ${REFRESH_AT} <= service_now() AS due,
        extract(epoch FROM token_expires_at - service_now())::float8 AS seconds_left,
        extract(epoch FROM service_now() - token_refused_at)::float8 AS refused_seconds_ago,
        next_token_ciphertext, next_token_key_id, next_token_cipher_version
      FROM accounts WHERE ${holds(account)}
    `);
    if (row === null) return null;
    const { next_token_ciphertext, next_token_key_id, next_token_cipher_version, ...life } = row;
    const successor =
      next_token_ciphertext === null || next_token_key_id === null || next_token_cipher_version === null
        ? null
        : {
            token_ciphertext: next_token_ciphertext,
            token_key_id: next_token_key_id,
            token_cipher_version: next_token_cipher_version,
          };
    return { ...life, successor };
  },

  /** The same token lives longer. False, with nothing written: it would end no later than it did. */
  prolong: async (account: TokenHolder, expiresInSeconds: number): Promise<boolean> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE accounts SET
        token_expires_at = service_now() + ${seconds(expiresInSeconds)}, token_refreshed_at = service_now(),
        token_since = service_now(), token_refused_at = NULL, updated_at = service_now()
      WHERE ${holds(account)} AND (token_expires_at IS NULL OR token_expires_at < service_now() + ${seconds(expiresInSeconds)})
    `);
    return rowCount === 1;
  },

  /** Keeps the refreshed token beside the one in use. False: that has been replaced, or the new one ends no later. */
  keepSuccessor: async (account: TokenHolder, sealed: SealedToken, expiresInSeconds: number): Promise<boolean> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE accounts SET
        next_token_ciphertext = ${sql.binary(sealed.token_ciphertext)}, next_token_key_id = ${sealed.token_key_id},
        next_token_cipher_version = ${sealed.token_cipher_version},
        next_token_expires_at = service_now() + ${seconds(expiresInSeconds)}
      WHERE ${holds(account)} AND (token_expires_at IS NULL OR token_expires_at < service_now() + ${seconds(expiresInSeconds)})
    `);
    return rowCount === 1;
  },

  /** The refreshed token has read the account: it takes the place of the one that was refreshed. */
  succeed: async (account: TokenHolder): Promise<boolean> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE accounts SET
        token_ciphertext = next_token_ciphertext, token_key_id = next_token_key_id,
        token_cipher_version = next_token_cipher_version, token_expires_at = next_token_expires_at,
        token_refreshed_at = service_now(), token_since = service_now(), token_refused_at = NULL, token_state = 'alive',
        token_error = NULL, ${NO_SUCCESSOR}, updated_at = service_now()
      WHERE ${holds(account)} AND next_token_ciphertext IS NOT NULL
    `);
    return rowCount === 1;
  },

  dropSuccessor: async (account: TokenHolder): Promise<void> => {
    await database.query(sql.unsafe`UPDATE accounts SET ${NO_SUCCESSOR} WHERE ${holds(account)}`);
  },

  /** Instagram has refused the token: notes when first. */
  noteRefusal: async (account: TokenHolder): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE accounts SET token_refused_at = coalesce(token_refused_at, service_now()) WHERE ${holds(account)}
    `);
  },

  /** The token is dead for good: a person must log in. Background work stops. */
  markNeedsLogin: async (account: TokenHolder): Promise<boolean> => {
    const { rowCount } = await database.query(sql.unsafe`
      UPDATE accounts SET status = 'needs_login', token_state = 'dead', version = version + 1, updated_at = service_now()
      WHERE ${holds(account)} AND status IN ('active', 'paused')
    `);
    return rowCount === 1;
  },
});
export type TokenLifeRepository = ReturnType<typeof createTokenLifeRepository>;
