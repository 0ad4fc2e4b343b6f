import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { closeDatabases } from '../lib/database/create-database.ts';
import { invoke } from '../lib/testing/invoke.ts';
import { captureLogs } from '../lib/testing/logs.ts';
import { createTestDatabase } from '../lib/testing/postgres.ts';
import { startTcpProxy } from '../lib/testing/tcp-proxy.ts';
import { administer } from '../lib/testing/test-server.ts';
import packageJson from '../package.json' with { type: 'json' };

const { url } = await createTestDatabase();
const { hostname, port } = new URL(url);
const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
afterAll(() => proxy.close());

// biome-ignore lint/style/noProcessEnv: handlers read the environment when they are imported, as they do on Lambda
process.env.DATABASE_URL = proxy.through(url);
const { handler } = await import('./health.ts');

beforeEach(() => {
  captureLogs();
});

const healthy = { status: 200, body: { status: 'ok', database: 'ok', version: packageJson.version } };
const unhealthy = { status: 503, headers: { 'retry-after': '5' }, body: { code: 'database_unavailable' } };

const untilHealthy = async () => {
  let answer = await invoke(handler, '/health');
  while (answer.status !== 200) answer = await invoke(handler, '/health');
  return answer;
};

test('health says whether the database answers, after a cut and after silence, and recovers by itself', async () => {
  expect(await invoke(handler, '/health')).toMatchObject(healthy);

  proxy.cut();
  expect(await invoke(handler, '/health')).toMatchObject(unhealthy);
  proxy.restore();
  expect(await untilHealthy()).toMatchObject(healthy);

  proxy.blackhole();
  expect(await invoke(handler, '/health')).toMatchObject(unhealthy);
  proxy.restore();
  expect(await untilHealthy()).toMatchObject(healthy);
}, 30_000);

test('a database that can be read but not written is not healthy', async () => {
  const { pathname } = new URL(url);
  // As good as a full disk: no temporary file may be written.
  await administer(url, `ALTER DATABASE "${pathname.slice(1)}" SET temp_file_limit = 0`);
  await closeDatabases(); // a setting is for connections made from then on

  expect(await invoke(handler, '/health')).toMatchObject(unhealthy);

  await administer(url, `ALTER DATABASE "${pathname.slice(1)}" RESET temp_file_limit`);
  await closeDatabases();
  expect(await invoke(handler, '/health')).toMatchObject(healthy);
});
