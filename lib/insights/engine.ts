import type { AccountAccess, AccountAccessEnv } from '../accounts/access.ts';
import type { Post } from '../posts/schema.ts';
import { createPostTriage } from '../posts/triage.ts';
import { clearWithheld } from '../posts/withheld.ts';
import { createAccountInsights } from './account-insights.ts';
import { createMeasure } from './measure.ts';
import { createMediaInsights } from './media-insights.ts';
import { createInsightsRepository } from './repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

/** Composes what every function that asks for figures shares. */
export const createInsightsEngine = (
  { database, ask }: AccountAccess,
  { GRAPH_API_VERSION: graphVersion }: Pick<AccountAccessEnv, 'GRAPH_API_VERSION'>,
  posts: { findByInstagramId: (accountId: number, instagramId: string) => Promise<Post | null> },
) => {
  const insights = createInsightsRepository(database);
  const measure = createMeasure({ verdicts: createVerdictRepository(database) });
  return {
    media: createMediaInsights({
      ask,
      measure,
      insights,
      findPost: posts.findByInstagramId,
      isGone: createPostTriage({ database }),
      noteGiven: ({ account_id, id }) => clearWithheld(database, { account_id, post_ids: [id], what: 'insights' }),
      graphVersion,
    }),
    account: createAccountInsights({ ask, measure, insights, graphVersion, now: Date.now }),
  };
};
