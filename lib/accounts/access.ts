import { z } from 'zod';
import { databaseEnv, instagramEnv, tokenEnv } from '../config.ts';
import { createDatabase } from '../database/create-database.ts';
import type { MetaApp } from '../instagram/resources/token.ts';
import { createAskInstagram } from './ask-instagram.ts';
import { createConnectInstagram } from './connect-instagram.ts';
import { withMetaSecret } from './meta-secret.ts';
import { createAccountRepository } from './repository.ts';
import { createResolveAccount } from './resolve-account.ts';
import { createTokenCipher } from './token-cipher.ts';

/** Environment of every function that asks Instagram for a connected account. */
export const accountAccessEnv = z.object({ ...databaseEnv.shape, ...instagramEnv.shape, ...tokenEnv.shape });
export type AccountAccessEnv = z.output<typeof accountAccessEnv>;

/** Composes what those functions share. */
export const createAccountAccess = async (env: AccountAccessEnv) => {
  const database = await createDatabase(env);
  const accounts = createAccountRepository(database);
  const cipher = createTokenCipher(env);
  const connectInstagram = createConnectInstagram({ database, cipher, env, now: () => performance.now() });
  return {
    database,
    accounts,
    cipher,
    resolveAccount: createResolveAccount({ accounts }),
    connectInstagram,
    ask: createAskInstagram({ database, connectInstagram }),
  };
};
export type AccountAccess = Awaited<ReturnType<typeof createAccountAccess>>;

/** The app's own credentials; null: they are not both configured, and Meta does not let us inspect tokens. */
export const readMetaApp = async (
  env: Pick<AccountAccessEnv, 'META_APP_ID' | 'META_APP_SECRET' | 'META_SECRET_ID'>,
): Promise<MetaApp | null> => {
  const { META_APP_ID: id, META_APP_SECRET: secret } = await withMetaSecret(env);
  return id !== undefined && secret !== undefined ? { id, secret } : null;
};

/** The secret with which Instagram Login exchanges tokens; null: none is configured. */
export const readInstagramSecret = async (
  env: Pick<AccountAccessEnv, 'META_APP_SECRET' | 'INSTAGRAM_APP_SECRET' | 'META_SECRET_ID'>,
): Promise<string | null> => {
  const { INSTAGRAM_APP_SECRET, META_APP_SECRET } = await withMetaSecret(env);
  return INSTAGRAM_APP_SECRET ?? META_APP_SECRET ?? null;
};
