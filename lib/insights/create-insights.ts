import type { AccountAccess, AccountAccessEnv } from '../accounts/access.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { createPostReader, createPostTriage, createWithheld } from '../posts/index.ts';
import { createAccountInsights } from './account-insights.ts';
import { createMeasure } from './measure.ts';
import { createMediaInsights, type InsightsQuery } from './media-insights.ts';
import { createInsightsRepository } from './repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

const MAX_CONTROLS = 3;

/** Composes everything about the figures of posts, media and accounts. */
export const createInsights = (
  { database, ask }: Pick<AccountAccess, 'database' | 'ask'>,
  { GRAPH_API_VERSION: graphVersion }: Pick<AccountAccessEnv, 'GRAPH_API_VERSION'>,
) => {
  const insights = createInsightsRepository(database);
  const measure = createMeasure({ verdicts: createVerdictRepository(database) });
  const posts = createPostReader(database);
  const withheld = createWithheld(database);
  const media = createMediaInsights({
    ask,
    measure,
    insights,
    findPost: posts.findByInstagramId,
    isGone: createPostTriage({ database }),
    noteGiven: ({ account_id, id }) => withheld.clear({ account_id, post_ids: [id], what: 'insights' }),
    noteRefused: ({ account_id, id }, error) => withheld.note({ account_id, post_id: id, what: 'insights' }, error),
    findControls: (account_id, post) => {
      const except = post === null ? [] : [post.id];
      return withheld.findControls({ account_id, what: 'insights', except, limit: MAX_CONTROLS });
    },
    now: Date.now,
    graphVersion,
  });
  return {
    /** The figures of a post by our own id. @throws {ServiceError} `post_not_found`, and as `media.ofPost`. */
    ofPost: async (scope: AccountScope, id: number, query: InsightsQuery, options: { deadline: number }) =>
      await media.ofPost(await posts.get(scope, id), query, options),
    ofMedia: media.ofMedia,
    ofAccount: createAccountInsights({ ask, measure, insights, graphVersion, now: Date.now }),
  };
};
