import { expect, test } from '@jest/globals';
import { ACCOUNT_ID, aClient, failureOf, graph, graphError, useNock } from '../testing/instagram.ts';

useNock();

const account = { user_id: ACCOUNT_ID, username: 'demo' };
const me = () => graph().get('/me').query(true);

test('a read is repeated while that may help', async () => {
  me().reply(500, graphError(2));
  me().replyWithError(Object.assign(new Error(), { code: 'ECONNRESET' }));
  me().reply(502, '<html></html>');
  me().reply(200, account);
  await expect(aClient().account.get('me')).resolves.toMatchObject({ instagram_id: ACCOUNT_ID });
});

test('a read that keeps failing fails after four attempts', async () => {
  me().times(4).reply(503, graphError(2));
  expect(await failureOf(aClient().account.get('me'))).toMatchObject({ kind: 'transient', code: 2 });
});

test.each([
  ['throttled', graphError(80002)],
  ['token', graphError(190)],
  ['permission', graphError(10)],
  ['missing', graphError(100, 33)],
])('a read that fails as %s is not repeated', async (kind, body) => {
  me().reply(400, body);
  expect(await failureOf(aClient().account.get('me'))).toMatchObject({ kind });
});

test('no attempt begins after the deadline', async () => {
  const deadline = performance.now() + 60_000;
  me().reply(503, graphError(2), { 'retry-after': '15' });
  me().reply(503, graphError(2), { 'retry-after': '15' });
  const waits: number[] = [];
  const client = aClient({ sleep: async (ms) => void waits.push(ms), random: () => 0 });
  const slow = failureOf(client.account.get('me', { deadline: performance.now() + 10_000 }));
  expect(await slow).toMatchObject({ retryAfterSeconds: 15 });
  expect(waits).toEqual([]);
  me().reply(200, account);
  await client.account.get('me', { deadline });
  expect(waits).toEqual([15_000]);
});
