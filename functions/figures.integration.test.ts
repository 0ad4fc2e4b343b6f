/** An account's figures are stored day by day by themselves, and read as a series. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { invoke } from '../lib/testing/invoke.ts';
import { createLives } from '../lib/testing/lives.ts';
import { startService } from '../lib/testing/service.ts';

const service = await startService({ simulator: { media: 3 } });
const { pool, simulator, account } = service;
const { handler: tick } = await import('./tick.ts');
const { handler: taskWorker } = await import('./run-account-task.consumer.ts');
const { handler: getSeries } = await import('./get-account-series.ts');
const { handler: getAccount } = await import('./get-account.ts');

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const path = `/accounts/${account.id}/series`;
const onInsights = { edge: 'user.insights' } as const;
const dayAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

const { pass } = createLives(service, { tick, taskWorker });
const live = (days: number, { stepHours = 6 } = {}) => pass(days * DAY_MS, stepHours * HOUR_MS);
const series = async (query = '') => (await invoke(getSeries, `${path}?${query}`)).body;
const given = (day: string, metrics: object) =>
  pool.query(sql.unsafe`
    INSERT INTO account_figures (account_id, day, metrics) VALUES (${account.id}, ${day}::date, ${JSON.stringify(metrics)}::jsonb)
  `);

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE account_figures, account_tasks, insights, usage, sync_runs CASCADE`);
  simulator.reset();
});

describe('by themselves', () => {
  test('the last whole day is stored with its followers, days before it without, and no day twice', async () => {
    await live(5);
    const { days } = await series(`since=${dayAgo(20)}&until=${dayAgo(1)}&metric=followers,reach,views`);
    expect(days).toHaveLength(20);
    expect(days.filter(({ values }) => values.followers !== null).length).toBeGreaterThanOrEqual(3);
    expect(days.at(0)?.values).toMatchObject({ followers: null, reach: expect.any(Number), views: expect.any(Number) });
    const { body } = await invoke(getAccount, `/accounts/${account.id}`);
    expect(body.followers_count).toEqual(expect.any(Number));
    simulator.calls.clear();
    await live(1);
    expect(simulator.calls.count(onInsights)).toBeLessThanOrEqual(4); // of one more day, not of those that are stored
  });

  test('where Instagram gives no insights, the followers are stored all the same, and it is not asked for every day that was missed', async () => {
    simulator.scenarios.add({ kind: 'error', code: 10, on: onInsights });
    await live(3);
    const { days } = await series('metric=followers,reach');
    expect(days.filter(({ values }) => values.followers !== null).length).toBeGreaterThanOrEqual(2);
    expect(days.every(({ values }) => values.reach === null)).toBe(true);
    expect(simulator.calls.count(onInsights)).toBeLessThan(40);
  });

  test('a day that was missed while Instagram was away is filled later', async () => {
    await live(2);
    const outage = simulator.scenarios.add({ kind: 'error', code: 2 });
    await live(2, { stepHours: 24 });
    outage.remove();
    await live(2);
    const { days } = await series(`since=${dayAgo(6)}&metric=reach`);
    expect(days.every(({ values }) => values.reach !== null)).toBe(true);
  });

  test('a day whose followers were stored and whose insights failed is filled later', async () => {
    await live(2);
    const outage = simulator.scenarios.add({ kind: 'error', code: 2, on: onInsights });
    await live(2, { stepHours: 24 });
    outage.remove();
    await live(3);
    const { days } = await series(`since=${dayAgo(6)}&metric=reach`);
    expect(days.filter(({ values }) => values.reach === null)).toEqual([]);
  });
});

describe('GET /accounts/{id}/series', () => {
  test('gaps are null, not zero, and growth needs two days', async () => {
    await given('2026-01-01', { followers: 100, reach: 0 });
    await given('2026-01-02', { followers: 97 });
    await given('2026-01-04', { followers: 110 });
    expect(await series('since=2026-01-01&until=2026-01-05&metric=followers,followers_growth,reach')).toEqual({
      account_id: account.id,
      since: '2026-01-01',
      until: '2026-01-05',
      days: [
        { day: '2026-01-01', values: { followers: 100, followers_growth: null, reach: 0 } },
        { day: '2026-01-02', values: { followers: 97, followers_growth: -3, reach: null } },
        { day: '2026-01-03', values: { followers: null, followers_growth: null, reach: null } },
        { day: '2026-01-04', values: { followers: 110, followers_growth: null, reach: null } },
        { day: '2026-01-05', values: { followers: null, followers_growth: null, reach: null } },
      ],
    });
  });

  test.each([
    ['format=csv', {}],
    ['', { accept: 'text/csv' }],
    ['', { accept: 'text/csv;q=0.9, application/json;q=0.8' }],
  ])('as a table by %s %j', async (query, headers) => {
    await given('2026-01-01', { followers: 100, reach: 0 });
    const answer = await invoke(
      getSeries,
      `${path}?since=2026-01-01&until=2026-01-02&metric=followers,reach&${query}`,
      {
        headers,
      },
    );
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.body as unknown).toBe('day,followers,reach\r\n2026-01-01,100,0\r\n2026-01-02,,\r\n');
  });

  test.each([[{ accept: 'application/json, text/csv' }], [{ accept: '*/*' }], [{}]])(
    'as JSON to %j',
    async (headers) => {
      const answer = await invoke(getSeries, `${path}?since=2026-01-01&until=2026-01-02`, { headers });
      expect(answer.headers['content-type']).toBe('application/json');
    },
  );

  test('without a period it is of the last 30 whole days, with every metric', async () => {
    const { since, until, days } = await series();
    expect([since, until, days.length]).toEqual([dayAgo(30), dayAgo(1), 30]);
    expect(Object.keys(days[0]?.values ?? {})).toEqual(expect.arrayContaining(['followers', 'reach', 'views']));
  });

  test.each([
    ['metric=cats', 'metric'],
    ['metric=', 'metric'],
    ['since=yesterday', 'since'],
    ['since=2026-02-30', 'since'],
    ['until=2026-13-01', 'until'],
    ['since=2026-01-03&until=2026-01-02', 'since'],
    ['since=2024-01-01&until=2026-01-02', 'since'],
    ['format=xml', 'format'],
  ])('%s is refused', async (query, where) => {
    const answer = await invoke(getSeries, `${path}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(JSON.stringify(answer.body)).toContain(`"path":"${where}"`);
  });
});
