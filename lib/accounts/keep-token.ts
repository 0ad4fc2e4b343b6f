import type { DatabasePool } from 'slonik';
import type { Viewer } from '../database/account-scope.ts';
import { logger } from '../logger.ts';
import { EVERYBODY } from '../principal.ts';
import { decideForCaller, type TokenProof } from './decide-connection.ts';
import { createGrantRepository } from './grants-repository.ts';
import { type ConnectInput, createAccountRepository, type KnownAccount } from './repository.ts';
import { type TokenCipher, tokenFingerprint } from './token-cipher.ts';

/** Who grants what is connected at start or by the operator's command. */
const OPERATOR = 'operator';

/**
 * Who connects: a caller, or whoever runs the service, who is trusted with every account and says to whom it is granted (`*`:
 * everybody).
 */
export type Connector = Viewer | { grantTo: string };

const isOperator = (by: Connector): by is { grantTo: string } => 'grantTo' in by;

/** A token that Meta has just accepted, and the account that it is for. */
export interface CheckedToken extends TokenProof {
  /** The one to store: the one handed in, or a long-lived one that Meta gave for it. */
  token: string;
  profile: Pick<ConnectInput, 'instagram_id' | 'username' | 'name' | 'account_type' | 'media_count'>;
  /** Null: not all of them are known. */
  scopes: readonly string[] | null;
  /** As Meta states it; null: never, or it does not say. */
  expires_at: string | null;
  /** Where it is known how long it works, not until when. */
  seconds: number | null;
  data_access_expires_at: string | null;
}

/** The account, and what became of it: `created` for the first time, `replaced`: its token is the new one. */
export interface Connected {
  account_id: number;
  instagram_id: string;
  username: string | null;
  created: boolean;
  replaced: boolean;
}

/** Whose an account is that nobody had connected. */
const firstGrant = (by: Connector) =>
  isOperator(by)
    ? { principal: by.grantTo, granted_by: OPERATOR }
    : { principal: by.principal, granted_by: by.principal };

/**
 * Stores the tokens of accounts. `decide-connection.ts` has what a caller may change of an account that is connected already;
 * an operator replaces any token. A token that was handed in before changes nothing, because it may have been refreshed
 * since, unless the stored one is of no more use: dead, forgotten, or sealed with a key that is lost.
 */
export const createKeepToken = ({
  database,
  cipher,
  env,
}: {
  database: DatabasePool;
  cipher: Pick<TokenCipher, 'seal' | 'canOpen'>;
  env: { SYNC_INTERVAL_MINUTES: number };
}) => {
  const isUseless = async ({ status, token_state, ...sealed }: KnownAccount): Promise<boolean> =>
    token_state === 'dead' || status === 'disconnected' || status === 'needs_login' || !(await cipher.canOpen(sealed));

  return {
    /** The account that an operator connects again with what it has, as at each start: that asks nothing of Instagram. */
    findUnchanged: async (given: string, by: Connector): Promise<Connected | null> => {
      if (!isOperator(by) || by.grantTo !== EVERYBODY) return null;
      const accounts = createAccountRepository(database);
      const known = await accounts.findByTokenFingerprint(tokenFingerprint(given));
      if (known === null || known.status === 'disconnected') return null;
      if (!(await cipher.canOpen(await accounts.getSealedToken(known.id)))) return null;
      const { id: account_id, instagram_id, username } = known;
      return { account_id, instagram_id, username, created: false, replaced: false };
    },

    /**
     * Connects the account of a token, or gives a connected one its new token. `given`: the token as it was handed in.
     * @throws {ServiceError} `account_taken`, `owner_required`, `token_weaker`.
     */
    keep: async (checked: CheckedToken, given: string, by: Connector): Promise<Connected> => {
      const { token, profile, login, scopes, expires_at, seconds, data_access_expires_at } = checked;
      const { instagram_id, username } = profile;
      const token_fingerprint = tokenFingerprint(given);
      const sealed = await cipher.seal(token, instagram_id);
      const outcome = await database.transaction(async (connection) => {
        const accounts = createAccountRepository(connection);
        const grants = createGrantRepository(connection);
        const store = async (grant: ConnectInput['grant']) =>
          (
            await accounts.connect({
              ...profile,
              ...sealed,
              login,
              token_fingerprint,
              token_expires_at: expires_at,
              token_seconds: seconds ?? undefined,
              data_access_expires_at,
              scopes,
              sync_interval_minutes: env.SYNC_INTERVAL_MINUTES,
              grant,
            })
          ).id;

        const known = await accounts.lockKnown(instagram_id, token_fingerprint);
        if (known === null) return { account_id: await store(firstGrant(by)), created: true, replaced: true };

        const { id: account_id } = known;
        const isDead = await isUseless(known);
        if (isOperator(by)) {
          const replaced = isDead || !known.handed_in_before;
          const grant = firstGrant(by);
          if (replaced) await store(grant);
          else if (grant.principal !== EVERYBODY) await grants.put({ ...grant, account_id, role: 'owner' });
          return { account_id, created: false, replaced };
        }
        const { principal, seesAll } = by;
        const stand = await grants.standOf(account_id, principal);
        const { replaces, role } = decideForCaller({ ...known, isDead }, checked, { ...stand, seesAll });
        if (replaces) await store(null);
        if (role !== null) await grants.put({ account_id, principal, role, granted_by: principal });
        return { account_id, created: false, replaced: replaces };
      });
      logger.info('account connected', { event: 'account_connected', ...outcome });
      return { ...outcome, instagram_id, username };
    },
  };
};
