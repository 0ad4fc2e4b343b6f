import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { sql } from 'slonik';
import { createSimulator } from '../../local/simulator/create-simulator.ts';
import type { NewMedia } from '../../local/simulator/world/types.ts';
import { createConnectInstagram } from '../accounts/connect-instagram.ts';
import { createAccountRepository } from '../accounts/repository.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { openDatabase } from '../database/create-database.ts';
import { logger } from '../logger.ts';
import { createConnectSimulated } from './connect.ts';
import { createTestDatabase } from './postgres.ts';
import { watchForSecrets } from './secrets.ts';
import { administer } from './test-server.ts';
import { createVirtualTime } from './virtual-time.ts';

/** Of a run's processes each may hold a connection while it stalls. */
const POOL_SIZE = 24;
/** The database's own time limits go by the machine's time, which is not the run's. */
const NO_LIMITS = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'transaction_timeout',
].map((limit) => `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ${limit} = 0', current_database()); END $$`);
/** Stages of one test file: while one waits for its database, another goes on. */
const STAGES = 6;

/**
 * Where runs are played: a database, clients of Instagram and a simulated Instagram that live in one virtual time. Call it
 * at the top level of a test file, which fails when a token is printed or stored in clear.
 */
export const startRunStages = async () => {
  const watch = watchForSecrets();
  logger.setLogLevel('ERROR'); // a line for each call would take as long as the call
  const folder = await mkdtemp(join(tmpdir(), 'stage-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const keyFile = join(folder, 'token.key');
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  const stages: RunStage[] = [];
  for (let index = 0; index < STAGES; index += 1) {
    const stage = await startRunStage(keyFile);
    watch(Object.values(stage.simulator.tokens), stage.pool);
    stages.push(stage);
  }
  return stages;
};

const startRunStage = async (keyFile: string) => {
  const clock = { date: Date.now };
  const { url, databaseClock } = await createTestDatabase();
  // A stall of a run takes no time of the machine's, but a machine that is busy may well take some in between.
  await administer(url, ...NO_LIMITS);
  const pool = await openDatabase(url, POOL_SIZE);
  afterAll(() => pool.end());
  const simulator = await createSimulator({ media: 0, now: () => clock.date() });
  afterAll(() => simulator.close());
  const time = createVirtualTime(pool, databaseClock);
  clock.date = time.date;

  const env = {
    INSTAGRAM_GRAPH_URL: simulator.graphUrls.instagram,
    FACEBOOK_GRAPH_URL: simulator.graphUrls.facebook,
    GRAPH_API_VERSION: 'v25.0',
    SYNC_INTERVAL_MINUTES: 0,
  };
  const cipher = createTokenCipher({ TOKEN_KEY_FILE: keyFile });
  const connect = createConnectSimulated({ accounts: createAccountRepository(pool), cipher, env });
  const connectInstagram = createConnectInstagram({
    database: pool,
    cipher,
    env,
    now: time.now,
    pacing: { clock: time.calls, sleep: time.sleep, random: () => 0.5 },
  });

  /** Empties the stage, and puts an account with these media on it: every run finds the same, with the same ids. */
  const begin = async (media: readonly NewMedia[]) => {
    await pool.query(sql.unsafe`TRUNCATE accounts RESTART IDENTITY CASCADE`);
    simulator.reset();
    const { id: instagramAccount } = simulator.world.addAccount({ scope: 'run', media });
    const { value: token } = simulator.world.tokens.grant({ login: 'instagram', accountId: instagramAccount });
    const { account } = await connect({ token, login: 'instagram' });
    return { account, instagramAccount };
  };
  return { pool, simulator, time, connectInstagram, begin };
};
export type RunStage = Awaited<ReturnType<typeof startRunStage>>;
