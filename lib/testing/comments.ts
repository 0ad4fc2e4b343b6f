import { sql } from 'slonik';
import { z } from 'zod';
import type { NewMedia } from '../../local/simulator/world/types.ts';
import { createConnectInstagram } from '../accounts/connect-instagram.ts';
import { createTokenCipher } from '../accounts/token-cipher.ts';
import { instagramEnv, parseEnv, tokenEnv } from '../config.ts';
import { createPostReader, storePage } from '../posts/index.ts';
import { startService, type TestService } from './service.ts';

/** Short enough for tests, long enough for a machine that does other things too. */
export const SHORT_TIMES = {
  INTENT_SEND_SECONDS: '0.5',
  INTENT_SETTLE_SECONDS: '0.4',
  INTENT_SPACING_SECONDS: '0.1',
} as const;

const countSchema = z.strictObject({ count: z.int() });

/** Stores a simulated medium as a post of an account; answers the post's id. */
export const storeSimulatedPost = async (
  { pool, simulator }: Pick<TestService, 'pool' | 'simulator'>,
  accountId: number,
  instagramId: string,
): Promise<number> => {
  const found = simulator.world.find(instagramId);
  if (found?.type !== 'media') throw new TypeError(`There is no medium ${instagramId}`);
  const { media: medium } = found;
  await storePage(pool, {
    account_id: accountId,
    run_id: null,
    read_at: null,
    media: [
      {
        instagram_id: medium.id,
        username: found.account.username,
        caption: medium.caption,
        media_type: medium.media_type,
        media_product_type: medium.media_product_type,
        media_url: null,
        thumbnail_url: null,
        permalink: null,
        shortcode: medium.shortcode,
        alt_text: null,
        timestamp: new Date(medium.timestamp * 1_000).toISOString(),
        like_count: medium.like_count,
        comments_count: medium.comments_count,
        comments_enabled: medium.is_comment_enabled,
        children: [],
      },
    ],
  });
  return await pool.oneFirst(sql.type(z.strictObject({ id: z.int() }))`
    SELECT id FROM posts WHERE account_id = ${accountId} AND instagram_id = ${instagramId}
  `);
};

/**
 * `startService` with the times of intents made short, and the account's media stored as posts. Call it at the top level
 * of a test file, before importing a handler.
 */
export const startCommentService = async ({
  media = [{ comments_count: 3 }, { comments_count: 0 }, { comments_count: 2 }],
  environment = {},
}: {
  media?: readonly NewMedia[] | number;
  environment?: Readonly<Record<string, string>>;
} = {}) => {
  const service = await startService({
    simulator: { media },
    environment: { ...SHORT_TIMES, ...environment },
  });
  const { pool, simulator, account } = service;

  const storePostOf = (accountId: number, instagramId: string) => storeSimulatedPost(service, accountId, instagramId);

  /** Adds a medium with so many comments of others; answers its Instagram id, and its id as a post. */
  const givenPost = async (given: NewMedia = {}): Promise<{ id: number; instagram_id: string }> => {
    const [medium] = simulator.world.addMedia([{ comments_count: 0, ...given }]);
    if (medium === undefined) throw new TypeError('Nothing was added');
    return { id: await storePostOf(account.id, medium.id), instagram_id: medium.id };
  };

  /** What of the account's own stands under a medium on Instagram: texts, oldest first. */
  const ownComments = (instagramId: string): string[] =>
    simulator.world
      .comments(instagramId)
      .filter(({ authorId }) => authorId === simulator.world.account().id)
      .map(({ text }) => text)
      .toReversed();

  /** How many comments of a post are stored here as being there. */
  const countStored = (postId: number): Promise<number> =>
    pool.oneFirst(sql.type(countSchema)`SELECT count(*) FROM comments WHERE post_id = ${postId} AND gone_at IS NULL`);

  const connectInstagram = createConnectInstagram({
    database: pool,
    cipher: createTokenCipher(parseEnv(tokenEnv)),
    env: parseEnv(instagramEnv),
    now: () => performance.now(),
  });
  const { get: getPost } = createPostReader(pool);

  return { ...service, connectInstagram, getPost, storePostOf, givenPost, ownComments, countStored };
};
