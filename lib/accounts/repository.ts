import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, type NamedAccount, timestampSchema } from '../contract.ts';
import { type AccountScope, idNamed } from '../database/account-scope.ts';
import { jsonb } from '../database/jsonb.ts';
import { type InstagramDetails, ServiceError } from '../errors.ts';
import { EVERYBODY } from '../principal.ts';
import { accountStatusSchema } from './schema.ts';
import type { SealedToken } from './token-cipher.ts';
import { STANDING, type Standing, standingSchema } from './usage-repository.ts';

export const accountRowSchema = z.strictObject({
  id: idSchema,
  instagram_id: z.string(),
  login: z.enum(['instagram', 'facebook']),
  username: z.string().nullable(),
  name: z.string().nullable(),
  account_type: z.string().nullable(),
  media_count: z.int().nullable(),
  /** Digest of the cipher text: tells the token that was read from a later one. */
  token_digest: z.string(),
  token_state: z.enum(['alive', 'dead']),
  token_expires_at: timestampSchema.nullable(),
  /** Instagram may show less than there is, until a person consents again. */
  shows_less: z.boolean(),
  connected_at: timestampSchema,
  status: accountStatusSchema,
});
/** A connected account; its token stays in the table. */
export type Account = z.output<typeof accountRowSchema>;
/** An account by its id and the token it had when it was read. */
export type TokenHolder = Pick<Account, 'id' | 'token_digest'>;

/** What connecting an account stores. */
export interface ConnectInput extends SealedToken {
  instagram_id: string;
  login: 'instagram' | 'facebook';
  username: string | null;
  name: string | null;
  account_type: string | null;
  media_count: number | null;
  token_fingerprint: string;
  /** As Instagram states it; null: never, or it does not say. */
  token_expires_at: string | null;
  /** After this Facebook Login may show less than there is; null: never, or it does not say. */
  data_access_expires_at: string | null;
  /** Where it is known how long the token works, not until when: the seconds from now on, at most. */
  token_seconds?: number | undefined;
  /** What the token may do; null: not known. */
  scopes: readonly string[] | null;
  /** Of an account that was not connected before. */
  sync_interval_minutes: number;
  /** Who is to see it; `granted_by` as in `grants`. Null: nobody else than before. */
  grant: { principal: string; granted_by: string } | null;
}

const sealedTokenSchema = z.strictObject({
  token_ciphertext: z.instanceof(Buffer),
  token_key_id: z.string(),
  token_cipher_version: z.int(),
});

const withTokenSchema = z.strictObject({
  ...accountRowSchema.shape,
  ...sealedTokenSchema.shape,
  ...standingSchema.shape,
});

const knownSchema = z.strictObject({
  ...accountRowSchema.pick({ id: true, login: true, status: true, token_state: true }).shape,
  ...sealedTokenSchema.shape,
  scopes: z.array(z.string()).nullable(),
  handed_in_before: z.boolean(),
});
/** A connected account, as connecting it once more finds it. */
export type KnownAccount = z.output<typeof knownSchema>;

const scheduleSchema = z.strictObject({ status: accountStatusSchema, sync_include: z.array(z.string()) });

/** Digest of the cipher text in `accounts`. */
export const tokenDigest = sql.fragment`encode(sha256(token_ciphertext), 'hex')`;
const ACCOUNT = sql.fragment`
  id, instagram_id, login, username, name, account_type, media_count, ${tokenDigest} AS token_digest, token_state,
  token_expires_at, coalesce(data_access_expires_at <= service_now(), false) AS shows_less, connected_at, status`;

/** Also the answer about an account that the caller may not see. */
export const accountNotFound = () => new ServiceError('account_not_found', 'There is no such connected account');

/** The `accounts` table, and the grant that comes with connecting. */
export const createAccountRepository = (database: CommonQueryMethods) => ({
  /** @throws {ServiceError} `account_not_found`: not there, or not in the scope. */
  get: async (scope: AccountScope, named: NamedAccount): Promise<Account> => {
    const account = await database.maybeOne(sql.type(accountRowSchema)`
      SELECT ${ACCOUNT} FROM accounts WHERE id = ${idNamed(named)} AND id IN (${scope})
    `);
    if (account === null) throw accountNotFound();
    return account;
  },

  /** Up to two accounts of the scope: enough to tell whether there is only one. */
  listTwo: (scope: AccountScope): Promise<readonly Account[]> =>
    database.any(sql.type(accountRowSchema)`
      SELECT ${ACCOUNT} FROM accounts WHERE id IN (${scope}) ORDER BY id LIMIT 2
    `),

  findByTokenFingerprint: (fingerprint: string): Promise<Account | null> =>
    database.maybeOne(sql.type(accountRowSchema)`
      SELECT ${ACCOUNT} FROM accounts WHERE ${fingerprint} = ANY(token_fingerprints)
    `),

  /**
   * An account with its token and what Instagram said about its calls, in one statement: every call to Instagram begins
   * with it.
   * @throws {ServiceError} `account_not_found`.
   */
  getWithToken: async (id: number): Promise<{ account: Account; sealed: SealedToken; standing: Standing }> => {
    const row = await database.maybeOne(sql.type(withTokenSchema)`
      SELECT ${ACCOUNT}, token_ciphertext, token_key_id, token_cipher_version, ${STANDING}
      FROM accounts LEFT JOIN usage ON usage.account_id = accounts.id WHERE id = ${id}
    `);
    if (row === null) throw accountNotFound();
    const {
      token_ciphertext,
      token_key_id,
      token_cipher_version,
      throttled_seconds,
      blocked_seconds,
      block,
      ...account
    } = row;
    return {
      account,
      sealed: { token_ciphertext, token_key_id, token_cipher_version },
      standing: { throttled_seconds, blocked_seconds, block },
    };
  },

  statusOf: (id: number): Promise<Account['status']> =>
    database.oneFirst(sql.type(accountRowSchema.pick({ status: true }))`SELECT status FROM accounts WHERE id = ${id}`),

  /** Stores how many followers, followed accounts and media an account has; null: that stays as it is stored. */
  storeCounts: async (
    id: number,
    counts: { followers_count: number | null; follows_count: number | null; media_count: number | null },
  ): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE accounts SET
        followers_count = coalesce(${counts.followers_count}, followers_count),
        follows_count = coalesce(${counts.follows_count}, follows_count),
        media_count = coalesce(${counts.media_count}, media_count), updated_at = service_now()
      WHERE id = ${id}
    `);
  },

  /** What an account's own syncs go by; null: it is there no more. */
  findSchedule: (id: number): Promise<z.output<typeof scheduleSchema> | null> =>
    database.maybeOne(sql.type(scheduleSchema)`SELECT status, sync_include FROM accounts WHERE id = ${id}`),

  /** @throws {ServiceError} `account_not_found`. */
  getSealedToken: async (id: number): Promise<SealedToken> => {
    const sealed = await database.maybeOne(sql.type(sealedTokenSchema)`
      SELECT token_ciphertext, token_key_id, token_cipher_version FROM accounts WHERE id = ${id}
    `);
    if (sealed === null) throw accountNotFound();
    return sealed;
  },

  /**
   * Until the transaction ends, nobody else connects this account or changes its grants. Null: it is not connected yet.
   * `fingerprint`: of the token that is handed in now.
   */
  lockKnown: async (instagramId: string, fingerprint: string): Promise<KnownAccount | null> => {
    await database.query(sql.unsafe`SELECT pg_advisory_xact_lock(hashtextextended(${`connect ${instagramId}`}, 0))`);
    return await database.maybeOne(sql.type(knownSchema)`
      SELECT id, login, status, token_state, token_ciphertext, token_key_id, token_cipher_version, scopes,
        ${fingerprint} = ANY(token_fingerprints) AS handed_in_before
      FROM accounts WHERE instagram_id = ${instagramId} FOR NO KEY UPDATE
    `);
  },

  /**
   * Stores an account with a token that was just found to work, or gives a known account its new token, and grants it in
   * the same statement. Whoever is named becomes its owner. Everybody (`*`) gets an account only where nobody has it: a
   * token handed in again must not publish what somebody owns.
   */
  connect: (input: ConnectInput): Promise<Account> => {
    const { principal, granted_by } = input.grant ?? { principal: null, granted_by: null };
    return database.one(sql.type(accountRowSchema)`
      WITH connected AS (
        INSERT INTO accounts AS stored (
          instagram_id, login, username, name, account_type, media_count, token_ciphertext, token_key_id,
          token_cipher_version, token_fingerprints, sync_interval_minutes, token_since, scopes, data_access_expires_at,
          token_expires_at
        ) VALUES (
          ${input.instagram_id}, ${input.login}, ${input.username}, ${input.name}, ${input.account_type},
          ${input.media_count}, ${sql.binary(input.token_ciphertext)}, ${input.token_key_id}, ${input.token_cipher_version},
          ${sql.array([input.token_fingerprint], 'text')}, ${input.sync_interval_minutes}, service_now(),
          ${input.scopes === null ? null : sql.array([...input.scopes], 'text')}::text[],
          ${input.data_access_expires_at}::timestamptz,
          coalesce(
            ${input.token_expires_at}::timestamptz,
            service_now() + make_interval(secs => ${input.token_seconds ?? null}::float8)
          )
        )
        ON CONFLICT (instagram_id) DO UPDATE SET
          login = excluded.login, username = excluded.username, name = excluded.name,
          account_type = excluded.account_type, media_count = excluded.media_count,
          token_ciphertext = excluded.token_ciphertext, token_key_id = excluded.token_key_id,
          token_cipher_version = excluded.token_cipher_version, token_since = service_now(), token_refused_at = NULL,
          next_token_ciphertext = NULL, token_refreshed_at = NULL,
          token_fingerprints = stored.token_fingerprints || excluded.token_fingerprints,
          scopes = excluded.scopes, token_expires_at = excluded.token_expires_at,
          data_access_expires_at = excluded.data_access_expires_at, token_state = 'alive', token_error = NULL,
          version = stored.version + 1,
          status = CASE WHEN stored.status = 'paused' THEN 'paused' ELSE 'active' END,
          updated_at = service_now()
        RETURNING *
      ), granted AS (
        INSERT INTO grants (account_id, principal, role, granted_by)
        SELECT id, ${principal}::text, ${principal === EVERYBODY ? 'member' : 'owner'}, ${granted_by}::text
        FROM connected
        WHERE ${principal !== null}
          AND (${principal !== EVERYBODY} OR NOT EXISTS (SELECT FROM grants WHERE account_id = connected.id))
        ON CONFLICT (account_id, principal) DO UPDATE SET
          role = excluded.role, granted_by = excluded.granted_by, updated_at = service_now()
      )
      SELECT ${ACCOUNT} FROM connected
    `);
  },

  /** Stores when the token expires that the account had when it was read. */
  markTokenExpiry: async ({ id, token_digest }: TokenHolder, expires_at: string): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE accounts SET token_expires_at = ${expires_at}, updated_at = service_now()
      WHERE id = ${id} AND ${tokenDigest} = ${token_digest}
        AND token_expires_at IS DISTINCT FROM ${expires_at}::timestamptz
    `);
  },

  /**
   * Stores whether Instagram accepts the token that the account had when it was read; `error`: why it does not. A token
   * that has replaced it since is left alone.
   */
  markToken: async (
    { id, token_digest }: TokenHolder,
    state: Account['token_state'],
    error: InstagramDetails | null,
  ): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE accounts SET
        token_state = ${state}, token_error = ${jsonb(error)},
        token_refused_at = CASE WHEN ${state} = 'dead' THEN token_refused_at END,
        status = CASE WHEN ${state} = 'alive' AND status = 'needs_login' THEN 'active' ELSE status END,
        updated_at = service_now()
      WHERE id = ${id} AND ${tokenDigest} = ${token_digest} AND token_state <> ${state}
    `);
  },
});
export type AccountRepository = ReturnType<typeof createAccountRepository>;
