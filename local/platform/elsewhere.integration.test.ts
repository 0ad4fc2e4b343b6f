/** The platform with every part elsewhere, as in containers: variables say where. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { escapeIdentifier } from 'pg';
import { sql } from 'slonik';
import { z } from 'zod';
import { parseEnv, testEnv } from '../../lib/config.ts';
import { openDatabase } from '../../lib/database/create-database.ts';
import { captureLogs } from '../../lib/testing/logs.ts';
import { createTestDatabase } from '../../lib/testing/postgres.ts';
import { administer, withDatabase } from '../../lib/testing/test-server.ts';
import { createSimulator, type Simulator } from '../simulator/create-simulator.ts';
import { type LocalAws, startLastingAws } from './aws.ts';
import { startInstagram } from './instagram.ts';
import { type Platform, startPlatform } from './platform.ts';
import { readSettings } from './settings.ts';

jest.setTimeout(60_000);

const { url: DATABASE_URL, pool } = await createTestDatabase();
const simulatedName = `${new URL(DATABASE_URL).pathname.slice(1)}_simulated`;
const SIMULATED_DATABASE_URL = withDatabase(DATABASE_URL, simulatedName);
const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));

let simulator: Simulator;
let aws: LocalAws;
let platform: Platform;
let env: Record<string, string>;
beforeEach(() => void captureLogs());
beforeAll(async () => {
  captureLogs();
  simulator = await createSimulator({ media: 3 });
  aws = await startLastingAws({ region: 'us-east-1', port: 0, dataDir: join(folder, 'aws'), allowedHosts: [] });
  env = {
    DATABASE_URL,
    SIMULATED_DATABASE_URL,
    DATA_DIR: join(folder, 'state'),
    PORT: '0',
    ALLOWED_HOSTS: 'api',
    AWS_ENDPOINT_URL_SQS: aws.endpoint,
    AWS_ENDPOINT_URL_S3: aws.endpoint,
    INSTAGRAM_SIMULATOR_URL: simulator.url,
    INSTAGRAM_SIMULATOR_CDN_URL: 'http://127.0.0.1:8001',
    LOG_LEVEL: 'error',
  };
  platform = await startPlatform({ env, log: () => undefined });
});
afterAll(async () => {
  await platform.stop();
  await aws.stop();
  await simulator.close();
  await administer(parseEnv(testEnv).TEST_SERVER_URL, `DROP DATABASE ${escapeIdentifier(simulatedName)} WITH (FORCE)`);
  rmSync(folder, { recursive: true });
});

const countPosts = (database: typeof pool): Promise<number> =>
  database.oneFirst(sql.type(z.strictObject({ count: z.number() }))`SELECT count(*) FROM posts`);

test('says where people find what it is connected to', () => {
  expect(platform.instagram).toMatch(/^@[\w.]+, simulated, at http:\/\/127\.0\.0\.1:8001 /);
  expect(platform.database).toMatch(new RegExp(`/${simulatedName}$`));
});

test('mirrors the simulator there is, by way of the queues there are, into a database of its own', async () => {
  const accepted = await fetch(`${platform.url}/api/v1/sync`, { method: 'POST', headers: { Prefer: 'respond-async' } });
  const read = async () => (await (await fetch(accepted.headers.get('location') ?? '')).json()) as { status: string };
  while ((await read()).status !== 'succeeded') await new Promise((resolve) => setTimeout(resolve, 20));

  const simulated = await openDatabase(SIMULATED_DATABASE_URL, 1);
  expect([await countPosts(simulated), await countPosts(pool)]).toEqual([3, 0]);
  await simulated.end();
});

test('a Facebook login is that of the account which the simulator holds', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const instagram = await startInstagram(readSettings({ ...env, INSTAGRAM_LOGIN: 'facebook' }), cleanUp);

  expect(instagram).toMatchObject({ token: simulator.tokens.facebook, instagramId: simulator.world.account().id });
});

test('a simulator that is not there is one clear line', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const settings = readSettings({ ...env, INSTAGRAM_SIMULATOR_URL: 'http://127.0.0.1:9' });

  await expect(startInstagram(settings, cleanUp)).rejects.toThrow(
    'INSTAGRAM_SIMULATOR_URL: no simulator answers at http://127.0.0.1:9',
  );
});
