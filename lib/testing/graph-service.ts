import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import nock from 'nock';
import { createAccountRepository } from '../accounts/repository.ts';
import { createTokenCipher, tokenFingerprint } from '../accounts/token-cipher.ts';
import { parseEnv, tokenEnv } from '../config.ts';
import type { Login } from '../instagram/graph.ts';
import { GRAPH_URL, TOKEN, useNock } from './instagram.ts';
import { createTestDatabase } from './postgres.ts';

export const FACEBOOK_GRAPH_URL = 'https://graph.facebook.test';
export const META_APP = { id: '1200000000000001', secret: 'sentinel-app-secret' };

/** The Graph API of Facebook Login, to be told what to answer. */
export const facebookGraph = () => nock(`${FACEBOOK_GRAPH_URL}/v25.0`);

/**
 * A database of the file's own, both Graph hosts played by nock, and accounts on demand: for what the simulator does not
 * tell apart. Call it at the top level of a test file, before importing a handler. `environment` adds to it.
 */
export const startGraphService = async (environment: Readonly<Record<string, string>> = {}) => {
  const { pool } = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'graph-service-'));
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  // biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
  Object.assign(process.env, {
    INSTAGRAM_GRAPH_URL: GRAPH_URL,
    FACEBOOK_GRAPH_URL,
    TOKEN_KEY_FILE: keyFile,
    DATABASE_POOL_SIZE: '2',
    ...environment,
  });
  useNock();
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const accounts = createAccountRepository(pool);
  const cipher = createTokenCipher(parseEnv(tokenEnv));
  /** Connects an account without asking anyone; the token is `TOKEN` unless another is given. */
  const givenAccount = async (
    instagram_id: string,
    { login = 'instagram', token = TOKEN }: { login?: Login; token?: string } = {},
  ) =>
    await accounts.connect({
      instagram_id,
      login,
      username: 'harbour.house',
      name: 'Harbour House',
      account_type: null,
      media_count: null,
      ...(await cipher.seal(token, instagram_id)),
      token_fingerprint: tokenFingerprint(`${instagram_id} ${token}`),
      token_expires_at: null,
    });
  return { pool, accounts, givenAccount };
};
