import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createFileTokenCipher } from '../lib/accounts/token-cipher.ts';
import { openDatabase } from '../lib/database/create-database.ts';
import { createConnectSimulated } from '../lib/testing/connect.ts';
import type { BenchSimulator } from './simulator.ts';

/**
 * Connects the simulator's account in an empty database, its token encrypted with a new key in `folder`; answers the
 * environment of a process that measures something of it.
 */
export const connectAccount = async (databaseUrl: string, simulator: BenchSimulator, folder: string) => {
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32));
  const graph = {
    INSTAGRAM_GRAPH_URL: simulator.graphUrl,
    FACEBOOK_GRAPH_URL: simulator.graphUrl,
    GRAPH_API_VERSION: 'v25.0',
  };
  const env = { ...graph, SYNC_INTERVAL_MINUTES: 0 }; // nothing but what is measured
  const pool = await openDatabase(databaseUrl, 1);
  const accounts = createAccountRepository(pool);
  const connect = createConnectSimulated({ accounts, cipher: createFileTokenCipher(keyFile), env });
  const { account } = await connect({ token: simulator.token, login: 'instagram' });
  await pool.end();
  return {
    ...graph,
    DATABASE_URL: databaseUrl,
    TOKEN_KEY_FILE: keyFile,
    SYNC_QUEUE_URL: 'http://127.0.0.1:9/none', // never reached: what is measured ends in one turn
    LOG_LEVEL: 'error',
    BENCH_ACCOUNT_ID: String(account.id),
    BENCH_USER_ID: simulator.userId,
    BENCH_TOKEN: simulator.token,
  };
};
