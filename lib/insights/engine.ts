import type { AccountAccess, AccountAccessEnv } from '../accounts/access.ts';
import type { Post } from '../posts/schema.ts';
import { createPostTriage } from '../posts/triage.ts';
import { clearWithheld, findControls, noteWithheld } from '../posts/withheld.ts';
import { createAccountInsights } from './account-insights.ts';
import { createMeasure } from './measure.ts';
import { createMediaInsights } from './media-insights.ts';
import { createInsightsRepository } from './repository.ts';
import { createVerdictRepository } from './verdict-repository.ts';

const CONTROLS = 3;

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
      noteRefused: ({ account_id, id }, error) =>
        noteWithheld(database, { account_id, post_id: id, what: 'insights' }, error),
      findControls: (account_id, post) => {
        const except = post === null ? [] : [post.id];
        return findControls(database, { account_id, what: 'insights', except, limit: CONTROLS });
      },
      now: Date.now,
      graphVersion,
    }),
    account: createAccountInsights({ ask, measure, insights, graphVersion, now: Date.now }),
  };
};
