import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres } from './postgres.ts';
import { readPidFile } from './postgres-server.ts';
import { isRunning } from './process-lock.ts';

const asRoot = process.getuid?.() === 0 ? test : test.skip;
const settings = { fsync: 'off' };

let folder: string;
let dataDir: string;
const lines: string[] = [];
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(folder, 0o711);
  dataDir = join(folder, 'data');
  lines.length = 0;
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await rm(folder, { recursive: true, force: true });
});

const start = async () => {
  const server = await startPostgres({ dataDir, log: (line) => lines.push(line), settings });
  stops.push(server.stop);
  return server;
};
const query = async (url: string, text: string): Promise<unknown> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
};
const notes = (...names: string[]) => join(dataDir, 'postgres', ...names);

/** Another Node process that starts the server, prints its URL, and then does as told. */
const startElsewhere = async (thenDo: string): Promise<string> => {
  const code = `
    import { startPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)};
    const { url, stop } = await startPostgres({ ...${JSON.stringify({ dataDir, settings })}, log() {} });
    console.log(url);
    ${thenDo}`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await once(child, 'close');
  return output.trim();
};
const KILL = 'process.kill(process.pid, "SIGKILL");';

test('knows letters of every script, keeps its data, and its password to itself', async () => {
  const first = await start();
  await query(first.url, 'CREATE EXTENSION pg_trgm');
  expect(await query(first.url, "SELECT cardinality(show_trgm('ж')) > 0")).toBe(true);
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  const second = await start();
  expect(await query(second.url, 'SELECT answer FROM kept')).toBe(42);
  expect((await stat(notes('password'))).mode & 0o777).toBe(0o600);
  const { password } = new URL(second.url);
  expect(await readFile(notes('server.log'), 'utf8')).not.toContain(password);
  await expect(query(second.url.replace(password, 'wrong'), 'SELECT 1')).rejects.toThrow(/password/);
});

test('a server whose process was killed is found, used, and then stopped', async () => {
  const orphan = await startElsewhere(KILL);
  expect(await query(orphan, 'SELECT 1')).toBe(1);
  const { url, stop } = await start();
  expect(url).toBe(orphan);
  expect(lines).toEqual([expect.stringContaining('already runs')]);
  const pid = (await readPidFile(notes('cluster')))?.pid ?? 0;
  await stop();
  expect(isRunning(pid)).toBe(false);
});

test('a server that another process started is shared, and left running', async () => {
  const { url } = await start();
  expect(await startElsewhere('await stop();')).toBe(url);
  expect(await query(url, 'SELECT 1')).toBe(1);
});

test('a process that exits without a word takes its server along', async () => {
  await startElsewhere('process.exit(0);');
  const found = await readPidFile(notes('cluster'));
  while (found !== null && isRunning(found.pid)) await new Promise(setImmediate);
  const { url } = await start();
  expect(await query(url, 'SELECT 1')).toBe(1);
});

test('a pid file that points at somebody else is no server', async () => {
  await startElsewhere('await stop();');
  const other = ['', notes('cluster'), '0', '1', '', '127.0.0.1', '', 'ready', ''].join('\n');
  await writeFile(notes('cluster', 'postmaster.pid'), `${process.pid}${other}`);
  const { url } = await start();
  expect(await query(url, 'SELECT 1')).toBe(1);
});

test('a cluster that was half made when its process was killed is made again', async () => {
  await mkdir(notes('cluster.partial-1'), { recursive: true });
  await writeFile(notes('cluster.partial-1', 'PG_VERSION'), '18\n');
  await writeFile(notes('password'), 'half');
  const { url } = await start();
  expect(await query(url, 'SELECT 1')).toBe(1);
  expect((await readdir(notes())).filter((name) => name.includes('partial'))).toEqual([]);
});

test('two starts at once end with one server', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(one?.url).toBe(other?.url);
});

test('a lost password and a cluster of another version are one line each', async () => {
  await startElsewhere('await stop();');
  const password = await readFile(notes('password'));
  await rm(notes('password'));
  await expect(start()).rejects.toThrow(/password is missing/);
  await writeFile(notes('password'), password, { mode: 0o600 });
  await writeFile(notes('cluster', 'PG_VERSION'), '17\n');
  await expect(start()).rejects.toThrow(/was made by PostgreSQL 17, this is 18: move it away/);
});

asRoot(
  'where the unprivileged user cannot reach the folder, data lives in the temp folder, and it says so',
  async () => {
    await chmod(folder, 0o700);
    const { url } = await start();
    expect(lines).toEqual([
      expect.stringMatching(/cannot reach .*: its data is kept in .*instagram-service-.* instead/),
    ]);
    expect(await query(url, 'SELECT 1')).toBe(1);
    const place = /kept in (\S+) instead/.exec(lines[0] ?? '')?.[1] ?? '';
    expect((await stat(join(place, 'cluster'))).uid).not.toBe(0);
    stops.unshift(() => rm(place, { recursive: true, force: true })); // after the server has stopped
  },
);
