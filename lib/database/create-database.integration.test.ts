import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { type DatabasePool, sql, UniqueIntegrityConstraintViolationError } from 'slonik';
import { z } from 'zod';
import { createTestDatabase } from '../testing/postgres.ts';
import { startTcpProxy } from '../testing/tcp-proxy.ts';
import { createDatabase, type DatabaseLimits, openDatabase } from './create-database.ts';

const { url, pool: direct } = await createTestDatabase();
const { hostname, port } = new URL(url);
const proxy = await startTcpProxy({ host: hostname, port: Number(port) });

const opened: DatabasePool[] = [];
const open = async ({ size = 1, ...limits }: Partial<DatabaseLimits> & { size?: number } = {}) => {
  const pool = await openDatabase(proxy.through(url), size, {
    connectMs: 2_000,
    queryMs: 5_000,
    acquireMs: 2_000,
    ...limits,
  });
  opened.push(pool);
  return pool;
};
const one = sql.type(z.strictObject({ one: z.int() }))`SELECT 1 AS one`;
const unavailable = { code: 'database_unavailable', options: { retryAfterSeconds: 5 } };

afterEach(async () => {
  proxy.restore();
  await Promise.all(opened.splice(0).map((pool) => pool.end()));
});
afterAll(() => proxy.close());

describe('rows', () => {
  test('bigint is a number, timestamps are ISO texts in UTC, arrays of both too', async () => {
    const row = await direct.one(sql.unsafe`
      SELECT 9007199254740991::int8 AS big, ARRAY[1, NULL, 3]::int8[] AS bigs,
        '2026-01-02 03:04:05+00'::timestamptz AS whole, '2026-01-02 03:04:05.120001+05:30'::timestamptz AS fraction,
        ARRAY['2026-01-02 03:04:05+00']::timestamptz[] AS times, '2026-01-02'::date AS day
    `);
    expect(row).toEqual({
      big: 9_007_199_254_740_991,
      bigs: [1, null, 3],
      whole: '2026-01-02T03:04:05Z',
      fraction: '2026-01-01T21:34:05.120001Z',
      times: ['2026-01-02T03:04:05Z'],
      day: '2026-01-02',
    });
  });

  test('a bigint beyond 2^53 is refused rather than rounded to another id', async () => {
    await expect(direct.one(sql.unsafe`SELECT 9007199254740993::int8 AS big`)).rejects.toThrow(/2\^53/);
    await expect(direct.one(one)).resolves.toEqual({ one: 1 });
  });

  test('a row that breaks its schema is refused, also by a column too many', async () => {
    const schema = z.strictObject({ a: z.string() });
    await expect(direct.any(sql.type(schema)`SELECT 1 AS a`)).rejects.toThrow(/schema/);
    await expect(direct.any(sql.type(schema)`SELECT 'x' AS a, 1 AS b`)).rejects.toThrow(/schema/);
  });

  test('a violated constraint keeps its class and name, through a transaction too', async () => {
    const twice = direct.transaction(async (connection) => {
      await connection.query(sql.unsafe`CREATE TEMPORARY TABLE t (id int PRIMARY KEY) ON COMMIT DROP`);
      await connection.query(sql.unsafe`INSERT INTO t VALUES (1), (1)`);
    });
    await expect(twice).rejects.toBeInstanceOf(UniqueIntegrityConstraintViolationError);
    await expect(twice).rejects.toMatchObject({ constraint: 't_pkey' });
  });
});

describe('limits', () => {
  test('the database limits statements, locks and idle transactions, and works in UTC', async () => {
    const settings = await direct.any(sql.type(z.strictObject({ name: z.string(), setting: z.string() }))`
      SELECT name, current_setting(name) AS setting FROM unnest(ARRAY['statement_timeout', 'lock_timeout',
        'idle_in_transaction_session_timeout', 'transaction_timeout', 'TimeZone']) AS name
    `);
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      statement_timeout: '10s',
      lock_timeout: '5s',
      idle_in_transaction_session_timeout: '15s',
      transaction_timeout: '30s',
      TimeZone: 'UTC',
    });
  });

  test('a statement the database cuts short is database_unavailable', async () => {
    const slow = direct.transaction(async (connection) => {
      await connection.query(sql.unsafe`SET LOCAL statement_timeout = 20`);
      await connection.query(sql.unsafe`SELECT pg_sleep(5)`);
    });
    await expect(slow).rejects.toMatchObject(unavailable);
  });

  test('waiting for a connection is bounded, and the queue moves on afterwards', async () => {
    const pool = await open({ acquireMs: 50 });
    const held = Promise.withResolvers<void>();
    const holder = pool.connect(() => held.promise);
    await expect(pool.one(one)).rejects.toMatchObject(unavailable);
    held.resolve();
    await holder;
    // One after the other: three at once may wait for longer than 50 ms on a busy machine.
    for (let n = 0; n < 3; n += 1) expect(await pool.one(one)).toEqual({ one: 1 });
  });
});

describe('a database that goes away', () => {
  test('a database that refuses connections is database_unavailable, and works again when it is back', async () => {
    const pool = await open();
    proxy.cut();
    await expect(pool.one(one)).rejects.toMatchObject(unavailable);
    proxy.restore();
    await expect(pool.one(one)).resolves.toEqual({ one: 1 });
  });

  test('a restart breaks what is under way, and the next query works', async () => {
    const pool = await open();
    const { pid } = await pool.one(sql.type(z.strictObject({ pid: z.int() }))`SELECT pg_backend_pid() AS pid`);
    const sleeping = pool.query(sql.unsafe`SELECT pg_sleep(60)`);
    const terminate = sql.type(z.strictObject({ done: z.boolean() }))`
      SELECT count(pg_terminate_backend(pid)) > 0 AS done FROM pg_stat_activity WHERE pid = ${pid} AND query LIKE '%sleep%'
    `;
    while (!(await direct.oneFirst(terminate)));
    await expect(sleeping).rejects.toMatchObject(unavailable);
    await expect(pool.one(one)).resolves.toEqual({ one: 1 });
  });

  test('an idle connection cut by a restart is replaced', async () => {
    const pool = await open();
    await pool.one(one);
    proxy.cut();
    while (pool.state().idleConnections > 0) await new Promise(setImmediate);
    proxy.restore();
    await expect(pool.one(one)).resolves.toEqual({ one: 1 });
  });

  test('a commit whose answer is lost is database_unavailable, not run again', async () => {
    await direct.query(sql.unsafe`CREATE TABLE effects (id int)`);
    const pool = await open();
    await pool.one(one);
    let runs = 0;
    const transaction = pool.transaction(async (connection) => {
      runs += 1;
      await connection.query(sql.unsafe`INSERT INTO effects VALUES (1)`);
      proxy.cutAt(1, 'answer'); // the COMMIT arrives
    });
    await expect(transaction).rejects.toMatchObject(unavailable);
    expect(runs).toBe(1);
    await expect(pool.oneFirst(sql.unsafe`SELECT count(*) FROM effects`)).resolves.toBe(1);
  });

  test('a request lost within a transaction leaves nothing behind', async () => {
    await direct.query(sql.unsafe`CREATE TABLE lost_effects (id int)`);
    const pool = await open();
    await pool.one(one);
    const transaction = pool.transaction(async (connection) => {
      await connection.query(sql.unsafe`INSERT INTO lost_effects VALUES (1)`);
      proxy.cutAt(1, 'request');
    });
    await expect(transaction).rejects.toMatchObject(unavailable);
    await expect(pool.oneFirst(sql.unsafe`SELECT count(*) FROM lost_effects`)).resolves.toBe(0);
  });

  test('a query over a network that loses every packet fails in time, in a transaction too', async () => {
    const pool = await open({ queryMs: 100 });
    await pool.one(one);
    proxy.blackhole();
    await expect(pool.transaction((connection) => connection.one(one))).rejects.toMatchObject(unavailable);
    proxy.restore();
    await expect(pool.one(one)).resolves.toEqual({ one: 1 });
  });

  test('a handler may throw its own error after the connection is gone', async () => {
    const pool = await open();
    const transaction = pool.transaction(async () => {
      throw new RangeError('ours');
    });
    await expect(transaction).rejects.toThrow(new RangeError('ours'));
  });
});

test('one pool per URL, opened again after it was ended', async () => {
  const env = { DATABASE_URL: url, DATABASE_POOL_SIZE: 2 };
  const first = await createDatabase(env);
  expect(await createDatabase(env)).toBe(first);
  await first.end();
  const second = await createDatabase(env);
  expect(second).not.toBe(first);
  await expect(second.one(one)).resolves.toEqual({ one: 1 });
});
