/**
 * For operators: connects an account, or gives a connected account a new token. `npm run connect-account` invokes it, because
 * nothing outside our network reaches the database, and a token must never be a variable of a function.
 */
import { z } from 'zod';
import { createConnectAccount } from '../lib/accounts/connect-account.ts';
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createTokenCipher } from '../lib/accounts/token-cipher.ts';
import { databaseEnv, instagramEnv, parseEnv, scheduleEnv, tokenEnv } from '../lib/config.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { ServiceError } from '../lib/errors.ts';
import { logger } from '../lib/logger.ts';

const env = parseEnv(
  z.object({ ...databaseEnv.shape, ...instagramEnv.shape, ...tokenEnv.shape, ...scheduleEnv.shape }),
);

const eventSchema = z.object({
  access_token: z.string().min(1),
  login: z.enum(['instagram', 'facebook']).default('instagram'),
  instagram_id: z
    .string()
    .regex(/^[0-9]+$/)
    .optional(),
});

/** The result; `error` is for the operator to read. Errors are not thrown, because Lambda would log its input, the token. */
export type ConnectOutcome =
  | { account_id: number; instagram_id: string; username: string | null; connected: boolean }
  | { error: string };

export const handler = async (event: unknown): Promise<ConnectOutcome> => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    return {
      error: `these fields are missing or wrong: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    };
  }
  const { access_token: token, login, instagram_id: instagramId } = parsed.data;
  if (login === 'facebook' && instagramId === undefined) {
    return { error: 'a token of Facebook Login also needs the id of the professional account' };
  }
  const accounts = createAccountRepository(await createDatabase(env));
  const connect = createConnectAccount({ accounts, cipher: createTokenCipher(env), env });
  try {
    const { account, connected } = await connect({ token, login, instagramId });
    logger.info('account connected', { event: 'account_connected', account_id: account.id, connected });
    const { id: account_id, instagram_id, username } = account;
    return { account_id, instagram_id, username, connected };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { error: error.message };
  }
};
