/** A process that stops answers whoever waits for a write, and begins none anew. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { beginServing, beginStopping } from '../stopping.ts';
import type { IntentDeps } from './deps.ts';
import { createRequestFollower } from './request.ts';
import type { IntentRow } from './schema.ts';

afterEach(beginServing);

const never = () => new Promise<void>(() => undefined);
const follower = () =>
  createRequestFollower({ now: () => 0, sleep: never } as unknown as IntentDeps, {
    account_id: 1,
    connected: null,
    deadline: 60_000,
  });
const row = (state: IntentRow['state']) => ({ state, error: null, retry_in_ms: null }) as IntentRow;

test.each([
  ['unknown', 'outcome_unknown'],
  ['sending', 'idempotency_in_progress'],
] as const)('a wait for a write that is %s ends when the process begins to stop', async (state, code) => {
  const waiting = follower().wait(row(state), 1_000);
  beginStopping();
  await expect(waiting).rejects.toMatchObject({ code });
});

test.each([
  ['pending', 'instagram_error'],
  ['unknown', 'outcome_unknown'],
] as const)('a write that is %s is not sent by a process that stops', async (state, code) => {
  const take = jest.fn(async () => null);
  beginStopping();
  await expect(follower().beforeSend(row(state), take)).rejects.toMatchObject({ code });
  expect(take).not.toHaveBeenCalled();
});
