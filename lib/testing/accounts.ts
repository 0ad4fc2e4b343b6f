import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { createAccountRepository } from '../accounts/repository.ts';
import { createTokenCipher, tokenFingerprint } from '../accounts/token-cipher.ts';
import { parseEnv, tokenEnv } from '../config.ts';
import type { Login } from '../instagram/graph.ts';
import { EVERYBODY } from '../principal.ts';
import { ownTimeOfDay } from './clock.ts';
import { createTestDatabase } from './postgres.ts';

/**
 * A database of the file's own, and accounts in it on demand, without asking any Instagram. Call it at the top level of a
 * test file, before importing a handler. `environment` adds to what handlers read.
 */
export const startAccounts = async (environment: Readonly<Record<string, string>> = {}) => {
  const { pool, url: databaseUrl, databaseClock } = await createTestDatabase();
  const letPass = ownTimeOfDay(databaseClock);
  const folder = await mkdtemp(join(tmpdir(), 'accounts-'));
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  // biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
  Object.assign(process.env, { TOKEN_KEY_FILE: keyFile, DATABASE_POOL_SIZE: '2', ...environment });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const accounts = createAccountRepository(pool);
  const cipher = createTokenCipher(parseEnv(tokenEnv));
  /** Connects an account by its Instagram id. */
  const givenAccount = async (
    instagram_id: string,
    { login = 'instagram', token = `sentinel.${instagram_id}` }: { login?: Login; token?: string } = {},
  ) =>
    await accounts.connect({
      instagram_id,
      login,
      username: 'harbour.house',
      name: 'Harbour House',
      account_type: null,
      media_count: null,
      ...(await cipher.seal(token, instagram_id)),
      token_fingerprint: tokenFingerprint(token),
      token_expires_at: null,
      data_access_expires_at: null,
      scopes: null,
      sync_interval_minutes: 60,
      grant: { principal: EVERYBODY, granted_by: 'operator' },
    });
  return { pool, databaseUrl, accounts, givenAccount, letPass };
};
