import { beforeEach, expect, test } from '@jest/globals';
import { toDatabaseError } from '../database/database-error.ts';
import { apiHandler } from '../http/api-handler.ts';
import { invoke } from '../testing/invoke.ts';
import { captureLogs } from '../testing/logs.ts';
import { createCheckHealth } from './check-health.ts';
import { healthContract } from './contract.ts';

let logs: ReturnType<typeof captureLogs>;
beforeEach(() => {
  logs = captureLogs();
});

const asking = (connect: () => Promise<{ ping: () => Promise<void> }>) => {
  const compose = async () => ({ checkHealth: createCheckHealth({ connect, version: '1.2.3', patienceMs: 5 }) });
  const handler = apiHandler(healthContract, compose, (_input, { checkHealth }) => checkHealth());
  return invoke(handler, '/health');
};
const never = () => new Promise<never>(() => {});

test('says that all is well when the database has answered', async () => {
  let asked = 0;
  const answer = await asking(async () => ({
    ping: async () => {
      asked += 1;
    },
  }));
  expect(answer).toMatchObject({ status: 200, body: { status: 'ok', database: 'ok', version: '1.2.3' } });
  expect(asked).toBe(1);
});

test('says what the database said itself: that its disk is full', async () => {
  const { DatabaseError } = await import('pg');
  const refused = new DatabaseError('could not write to file: No space left on device', 0, 'error');
  refused.code = '53100';

  const answer = await asking(async () => ({ ping: () => Promise.reject(toDatabaseError(refused)) }));

  expect(answer).toMatchObject({
    status: 503,
    body: { code: 'database_unavailable', detail: 'The disk of the database is full', database: 'unavailable' },
  });
});

test.each([
  ['it cannot be reached', () => Promise.reject(new Error('ECONNREFUSED SECRET'))],
  ['it refuses the query', async () => ({ ping: () => Promise.reject(new Error('SECRET')) })],
  ['connecting takes too long', never],
  ['the query takes too long', async () => ({ ping: never })],
])('says that the database does not answer when %s', async (_why, connect) => {
  expect(await asking(connect)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5', 'content-type': 'application/problem+json' },
    body: { code: 'database_unavailable', database: 'unavailable', version: '1.2.3' },
  });
  expect(logs().filter(({ event }) => event === 'request_failed')).toHaveLength(1);
  expect(JSON.stringify(logs())).not.toContain('SECRET');
});
