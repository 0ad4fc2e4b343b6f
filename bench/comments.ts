import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnectAccount } from '../lib/accounts/connect-account.ts';
import { createAccountRepository } from '../lib/accounts/repository.ts';
import { createFileTokenCipher } from '../lib/accounts/token-cipher.ts';
import { openDatabase } from '../lib/database/create-database.ts';
import { type Figure, median } from './report.ts';
import { startBenchSimulator } from './simulator.ts';

const LATENCY_MS = 30;
const ROUNDS = 3;

/** What `POST …/comment` adds to Instagram's own latency: acceptance and confirmation are commits of their own. */
export const benchComments = async (databaseUrl: string): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32));
  const simulator = await startBenchSimulator(1);
  try {
    await simulator.setLatency(LATENCY_MS);
    const graph = {
      INSTAGRAM_GRAPH_URL: simulator.graphUrl,
      FACEBOOK_GRAPH_URL: simulator.graphUrl,
      GRAPH_API_VERSION: 'v25.0',
    };
    const pool = await openDatabase(databaseUrl, 1);
    const accounts = createAccountRepository(pool);
    const connect = createConnectAccount({ accounts, cipher: createFileTokenCipher(keyFile), env: graph });
    const { account } = await connect({ token: simulator.token, login: 'instagram' });
    await pool.end();
    const env = {
      // biome-ignore lint/style/noProcessEnv: a child process inherits PATH and the like
      ...process.env,
      ...graph,
      DATABASE_URL: databaseUrl,
      TOKEN_KEY_FILE: keyFile,
      LOG_LEVEL: 'error',
      BENCH_ACCOUNT_ID: String(account.id),
      BENCH_USER_ID: simulator.userId,
      BENCH_TOKEN: simulator.token,
    };
    const rounds: { service: number; plain: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { stdout } = await promisify(execFile)(process.execPath, ['bench/comments-child.ts'], { env });
      rounds.push(JSON.parse(stdout));
    }
    return [
      {
        name: `time added to Instagram's own by POST …/comment at ${LATENCY_MS} ms`,
        value: median(rounds.map(({ service, plain }) => service - plain)),
        unit: 'ms',
        bar: { max: 8 },
      },
      { name: '  the write sent plainly', value: median(rounds.map(({ plain }) => plain)), unit: 'ms' },
    ];
  } finally {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
