import type { AccountAccess, AccountAccessEnv } from '../accounts/access.ts';
import { createPostReader, createPostTriage, createWithheld } from '../posts/index.ts';
import { createAccountInsights } from './account-insights.ts';
import { createMeasure } from './measure.ts';
import { createMediaInsights, type InsightsQuery } from './media-insights.ts';
import { createInsightsRepository } from './repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

/** Composes everything about the figures of posts, media and accounts. */
export const createInsights = (
  { database, ask }: Pick<AccountAccess, 'database' | 'ask'>,
  { GRAPH_API_VERSION: graphVersion }: Pick<AccountAccessEnv, 'GRAPH_API_VERSION'>,
) => {
  const insights = createInsightsRepository(database);
  const measure = createMeasure({ verdicts: createVerdictRepository(database) });
  const posts = createPostReader(database);
  const media = createMediaInsights({
    ask,
    measure,
    insights,
    findPost: posts.findByInstagramId,
    isGone: createPostTriage({ database }),
    noteGiven: ({ account_id, id }) => createWithheld(database).clear({ account_id, post_ids: [id], what: 'insights' }),
    graphVersion,
  });
  return {
    /** The figures of a post by our own id. @throws {ServiceError} `post_not_found`, and as `media.ofPost`. */
    ofPost: async (id: number, query: InsightsQuery, options: { deadline: number }) =>
      await media.ofPost(await posts.get(id), query, options),
    ofMedia: media.ofMedia,
    ofAccount: createAccountInsights({ ask, measure, insights, graphVersion, now: Date.now }),
  };
};
