import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres } from './postgres.ts';
import { findHome } from './postgres-home.ts';
import { endOrphans, launch, readPidFile, terminate } from './postgres-server.ts';
import { isRunning, withFileLock } from './process-lock.ts';

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

describe('when PostgreSQL is killed', () => {
  const untilThat = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise(setImmediate);
  };
  const saidThat = (line: string) => () => lines.includes(line);
  const DIED = 'PostgreSQL has died: starting it again';
  const SERVES = 'PostgreSQL serves again';

  const postmaster = async (): Promise<number> => (await readPidFile(notes('cluster')))?.pid ?? 0;
  const processes = async (url: string): Promise<number[]> => {
    const workers = await query(url, 'SELECT json_agg(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
    return [await postmaster(), ...(workers as number[])];
  };
  const kill = async (): Promise<void> => {
    const found = await readPidFile(notes('cluster'));
    if (found !== null) process.kill(found.pid, 'SIGKILL'); // an id of 0 would be all of us
  };
  /** A query that looks at nothing but its own work: it does not notice that it is alone. */
  const keepBusy = async (url: string): Promise<void> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    client.query('SELECT count(*) FROM generate_series(1, 1e15)').catch(() => undefined);
    const busy =
      "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1,%'";
    await untilThat(async () => (await query(url, `${busy} AND pid <> pg_backend_pid()`)) === 1);
  };

  test('it comes back at the same address with what was committed, busy workers or not, and stops for good', async () => {
    const { url, stop } = await start();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await keepBusy(url);
    const before = await processes(url);

    await kill();
    await untilThat(saidThat(SERVES));
    const answer = await query(url, 'SELECT answer FROM kept');
    const after = await processes(url);
    await stop();

    expect(answer).toBe(42);
    expect(lines).toEqual([DIED, SERVES]);
    expect(before.length).toBeGreaterThan(4);
    expect([...before, ...after].filter(isRunning)).toEqual([]);
  });

  test('one that was taken over comes back, too, as often as it must', async () => {
    const url = await startElsewhere(KILL);
    const { stop } = await start();
    await kill();
    await untilThat(saidThat(SERVES));
    await kill();
    await untilThat(() => lines.filter((line) => line === SERVES).length === 2);

    expect(await query(url, 'SELECT 1')).toBe(1);
    await stop();
    expect(await readPidFile(notes('cluster'))).toBeNull();
  });

  test.each([
    { when: 'before it is noticed', reached: () => true },
    { when: 'once it is noticed', reached: saidThat(DIED) },
    {
      when: 'while it starts again',
      reached: async (killed: number) => saidThat(DIED)() && ![0, killed].includes(await postmaster()),
    },
  ])('a stop $when leaves nothing that runs', async ({ reached }) => {
    const { url, stop } = await start();
    await query(url, 'CREATE TABLE recovered AS SELECT * FROM generate_series(1, 200000)');
    await keepBusy(url);
    const before = await processes(url);
    const killed = await postmaster();
    await kill();
    await untilThat(() => reached(killed));
    const relaunched = await postmaster();
    await stop();

    expect([...before, relaunched].filter((pid) => pid !== 0 && isRunning(pid))).toEqual([]);
    expect(await readPidFile(notes('cluster')).then((found) => found !== null && isRunning(found.pid))).toBe(false);
    await expect(query(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  test('a process that exits while it starts again takes it along', async () => {
    const output = await startElsewhere(`
      const { readPidFile } = await import(${JSON.stringify(new URL('./postgres-server.ts', import.meta.url).href)});
      const cluster = ${JSON.stringify(notes('cluster'))};
      const { pid } = await readPidFile(cluster);
      process.kill(pid, 'SIGKILL');
      let relaunched;
      do {
        await new Promise(setImmediate);
        relaunched = (await readPidFile(cluster))?.pid;
      } while (relaunched === undefined || relaunched === pid);
      console.log(relaunched);
      process.exit(0);`);

    const relaunched = Number(output.split('\n')[1]); // its file may be gone with it by now
    expect(relaunched).toBeGreaterThan(0);
    await untilThat(() => !isRunning(relaunched));
    expect((await start()).url).toEqual(expect.any(String));
  });

  test('what was started meanwhile for somebody else is left alone, and replaced once it has ended', async () => {
    const { url } = await start();
    const lock = notes('lock');
    const other = await withFileLock(lock, 10_000, async () => {
      await kill();
      await untilThat(saidThat(DIED));
      await endOrphans(notes('cluster'));
      return launch(await findHome(dataDir, () => undefined), { settings });
    });
    await untilThat(() => existsSync(lock)); // it has come to look
    await untilThat(() => !existsSync(lock));
    expect(isRunning(other.pid)).toBe(true);

    await terminate(other.pid);
    await untilThat(saidThat(SERVES));
    expect(await query(url, 'SELECT 1')).toBe(1);
    expect(lines).toEqual([DIED, SERVES]);
  });
});

test('a pid file that points at somebody else is no server', async () => {
  await startElsewhere('await stop();');
  const other = ['', notes('cluster'), '0', '1', '', '127.0.0.1', '', 'ready', ''].join('\n');
  await writeFile(notes('cluster', 'postmaster.pid'), `${process.pid}${other}`);
  const { url } = await start();
  expect(await query(url, 'SELECT 1')).toBe(1);
});

test.each(['', '\n', '\0\0\0\0'])('a pid file that names nobody (%j) is removed', async (text) => {
  await (await start()).stop();
  await writeFile(notes('cluster', 'postmaster.pid'), text);

  const { url } = await start();

  expect(await query(url, 'SELECT 1')).toBe(1);
});

test('a pid file that names nobody is left alone while a server runs on its cluster', async () => {
  const { url } = await start();
  const path = notes('cluster', 'postmaster.pid');
  const kept = await readFile(path);
  await writeFile(path, '');

  await expect(startPostgres({ dataDir, log: () => undefined, settings })).rejects.toThrow(
    /postmaster\.pid names no process, and process \d+ runs on it: stop that one, and start again$/,
  );
  expect(await query(url, 'SELECT 1')).toBe(1);
  await writeFile(path, kept);
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
