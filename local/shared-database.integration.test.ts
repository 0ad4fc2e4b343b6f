/** Two starts on one database, each with its own folder: they share the token key, or the second one is refused. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createServiceProcesses } from './testing/start-service.ts';

const { dataDir, start } = await createServiceProcesses({ media: 1 });
const DATA_DIR = join(dataDir, 'another');

const sync = async ({ address }: { address: string }): Promise<number> =>
  (await fetch(`${address}/api/v1/sync`, { method: 'POST' })).status;

test('a start with another token key is refused, one with the same key shares the account', async () => {
  const first = await start();

  await expect(start({ DATA_DIR })).rejects.toThrow(
    /DATABASE_URL: \S+ is in use by another start, which encrypts tokens with another key: give both the same TOKEN_KEY_FILE/,
  );
  expect(await sync(first)).toBe(200);

  const second = await start({ DATA_DIR, TOKEN_KEY_FILE: join(dataDir, 'token.key') });
  expect([await sync(second), await sync(first)]).toEqual([200, 200]);
  await second.kill();
  await first.kill();

  const alone = await start({ DATA_DIR }); // no other instance is left that uses the token
  expect(await sync(alone)).toBe(200);
  await alone.kill();
}, 120_000);
