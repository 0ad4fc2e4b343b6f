/** Pages that Instagram does not give in time, as a whole run meets them: with a client that waits less long than usual. */
import { beforeEach, expect, test } from '@jest/globals';
import { sql } from 'slonik';
import { z } from 'zod';
import { createConnectInstagram } from '../accounts/connect-instagram.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { createCommentsPhase } from '../comments/comments-phase.ts';
import { instagramEnv, parseEnv, tokenEnv } from '../config.ts';
import { onlyAccount } from '../database/account-scope.ts';
import { createInstagramClient } from '../instagram/client.ts';
import { logger } from '../logger.ts';
import { startService } from '../testing/service.ts';
import { createSyncAdvance } from './advance.ts';
import { createMediaPhase } from './media-phase.ts';
import { createMissingPhase } from './missing-phase.ts';
import { createSyncRunRepository } from './repository.ts';

const MEDIA = 250;
const { pool, simulator, account } = await startService({ simulator: { media: MEDIA } });

const now = () => performance.now();
const sleep = async () => undefined;
const connect = createConnectInstagram({
  database: pool,
  cipher: createTokenCipher(parseEnv(tokenEnv)),
  env: parseEnv(instagramEnv),
  now,
});
const client = createInstagramClient({
  login: 'instagram',
  graphUrl: simulator.graphUrls.instagram,
  version: 'v25.0',
  token: simulator.tokens.instagram,
  timeoutMs: 700,
  sleep,
});
const deps = { database: pool, now, sleep };
const advance = createSyncAdvance({
  ...deps,
  connectInstagram: async (id) => ({ ...(await connect(id)), client }),
  phases: {
    media: createMediaPhase(deps),
    missing: createMissingPhase(deps),
    comments: createCommentsPhase(deps),
    insights: async () => undefined,
  },
  wake: async () => undefined,
  leaseSeconds: 60,
  logger,
  random: Math.random,
});
const runs = createSyncRunRepository(pool);

const sync = async (include: readonly string[] = []) => {
  const run = await runs.start({ account_id: account.id, mode: 'full', include, accept_missing: false });
  await advance({ account_id: account.id, id: run.id }, now() + 60_000);
  return await runs.find(onlyAccount(account.id), run.id);
};
const countLargePages = (edge: string, above: number) =>
  simulator.calls.list().filter((call) => call.edge === edge && Number(call.params.limit) > above).length;

beforeEach(async () => {
  await pool.query(sql.unsafe`TRUNCATE posts, sync_runs, usage CASCADE`);
  simulator.reset();
});

test('a sync asks for smaller pages of media after two time-outs, and keeps the size that worked', async () => {
  simulator.scenarios.add({ kind: 'slow_pages', limit: 50, on: { edge: 'user.media' } });
  expect(await sync()).toMatchObject({ status: 'succeeded', created: MEDIA, pages: 5, warnings: [] });
  expect(countLargePages('user.media', 50)).toBe(2);
});

test('a sync keeps the page size of comments that worked from post to post', async () => {
  simulator.world.setMediaCount(0);
  const media = simulator.world.addMedia(Array.from({ length: 9 }, () => ({ comments_count: 20 })));
  simulator.scenarios.add({ kind: 'slow_pages', limit: 25, on: { edge: 'media.comments' } });
  expect(await sync(['comments'])).toMatchObject({ status: 'succeeded', warnings: [] });
  // four posts begin side by side, none knowing the size
  expect(countLargePages('media.comments', 25)).toBeLessThanOrEqual(2 * 4);
  const schema = z.strictObject({ count: z.int() });
  expect(await pool.oneFirst(sql.type(schema)`SELECT count(DISTINCT post_id) FROM comments`)).toBe(media.length);
});
