import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import type { z } from 'zod';
import { startPostgres } from '../../local/platform/postgres.ts';
import { readPidFile, servesCluster, terminate } from '../../local/platform/postgres-server.ts';
import { isRunning } from '../../local/platform/process-lock.ts';
import { databaseEnv, parseEnv, type testEnv } from '../config.ts';
import { migrate } from '../database/migrate.ts';
import { REPLACE_SERVICE_CLOCK } from './test-clock.ts';

const FOLDER = 'instagram-service-test-';
/** Nothing here outlives the run: what a crash would lose need not reach the disk. */
const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** The PostgreSQL of one jest run: `DATABASE_URL`'s where it is set, else one started in the temp folder. */
export const startTestServer = async (): Promise<{
  environment: z.output<typeof testEnv>;
  stop: () => Promise<void>;
}> => {
  const { DATABASE_URL } = parseEnv(databaseEnv.partial());
  const server =
    DATABASE_URL === undefined ? await startThrowAway() : { url: DATABASE_URL, stop: async () => undefined };
  const template = `test_template_${randomUUID().slice(0, 8)}`;
  const stop = async () => {
    await administer(server.url, `DROP DATABASE IF EXISTS ${escapeIdentifier(template)} WITH (FORCE)`);
    await server.stop();
  };
  try {
    await administer(server.url, `CREATE DATABASE ${escapeIdentifier(template)}`);
    await migrate({ url: withDatabase(server.url, template), direction: 'up', log: () => undefined });
    await administer(withDatabase(server.url, template), ...REPLACE_SERVICE_CLOCK);
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment: { TEST_SERVER_URL: server.url, TEST_TEMPLATE: template }, stop };
};

/** The same server, another database. */
export const withDatabase = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
};

/** Runs statements on a connection of their own, one after the other. */
export const administer = async (url: string, ...statements: readonly string[]): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};

const startThrowAway = async (): Promise<{ url: string; stop: () => Promise<void> }> => {
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`));
  await chmod(folder, 0o711); // PostgreSQL's own account passes through it when we are root
  const server = await startPostgres({ dataDir: folder, log: () => undefined, settings: THROW_AWAY });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: server.url, stop };
};

/** Ends the servers of runs that were killed, and removes their folders. */
const removeAbandoned = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(FOLDER) ? Number.parseInt(name.slice(FOLDER.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || isRunning(pid)) continue;
    const folder = join(tmpdir(), name);
    const cluster = join(folder, 'postgres', 'cluster');
    const server = await readPidFile(cluster).catch(() => null); // another user's: not ours to end
    if (server !== null && (await servesCluster(server.pid, cluster))) await terminate(server.pid);
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
};
