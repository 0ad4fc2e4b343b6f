import type { DatabasePool } from 'slonik';
import { z } from 'zod';
import { accountAccessEnv, readInstagramSecret, readMetaApp } from '../accounts/access.ts';
import { graphOptions } from '../accounts/connect-instagram.ts';
import { type Connected, type Connector, createKeepToken } from '../accounts/keep-token.ts';
import { withMetaSecret } from '../accounts/meta-secret.ts';
import { createTokenCipher, type TokenCipher } from '../accounts/token-cipher.ts';
import { scheduleEnv } from '../config.ts';
import { createInstagramClient } from '../instagram/client.ts';
import type { CallOptions } from '../instagram/exchange.ts';
import type { Login } from '../instagram/graph.ts';
import { createInspectToken } from './inspect-token.ts';

/** Environment of what connects accounts. */
export const connectingEnv = z.object({ ...accountAccessEnv.shape, ...scheduleEnv.shape });
export type ConnectingEnv = Omit<z.output<typeof connectingEnv>, 'DATABASE_URL' | 'DATABASE_POOL_SIZE'>;

/** A token that is handed in. */
export interface HandedIn {
  token: string;
  /** The login that it is said to be of; default: the one that can read it. */
  login?: Login | undefined;
  /** Needed where several accounts are behind the token. */
  instagramId?: string | undefined;
  by: Connector;
}

/**
 * Connects the account of a token that is handed in, or gives a connected account its new token: over HTTP, at start, and by
 * the operator's command. Access follows what Meta says now, never that the token is known.
 * @throws {ServiceError} a refusal with what to do, or why Instagram could not be asked.
 */
const createConnectAccount = ({
  database,
  cipher,
  env,
  now,
}: {
  database: DatabasePool;
  cipher: Pick<TokenCipher, 'seal' | 'canOpen'>;
  env: ConnectingEnv;
  now: () => Date;
}) => {
  const { findUnchanged, keep } = createKeepToken({ database, cipher, env });
  return async ({ token, login, instagramId, by }: HandedIn, options: CallOptions = {}): Promise<Connected> => {
    const unchanged = await findUnchanged(token, by);
    if (unchanged !== null) return unchanged;
    const settings = await withMetaSecret(env);
    const inspectToken = createInspectToken({
      clientOf: (one, of) => createInstagramClient({ ...graphOptions(settings, one), token: of }),
      app: await readMetaApp(settings),
      instagramSecret: await readInstagramSecret(settings),
      now,
    });
    return await keep(await inspectToken({ token, login, instagramId }, options), token, by);
  };
};

/** Connects accounts as the environment says. */
export const createConnecting = (database: DatabasePool, env: ConnectingEnv) =>
  createConnectAccount({ database, cipher: createTokenCipher(env), env, now: () => new Date() });
