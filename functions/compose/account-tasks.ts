import { z } from 'zod';
import { createAccountTaskAdvance } from '../../lib/account-tasks/advance.ts';
import { createConnectUnlessThrottled } from '../../lib/account-tasks/connect-unless-throttled.ts';
import { createAccountTaskSender } from '../../lib/account-tasks/sender.ts';
import { createSyncTasks } from '../../lib/account-tasks/sync-tasks.ts';
import { accountAccessEnv, createAccountAccess } from '../../lib/accounts/access.ts';
import { createConnectWithToken } from '../../lib/accounts/connect-instagram.ts';
import { createRefreshToken } from '../../lib/accounts/refresh-token.ts';
import { createTokenLifeRepository } from '../../lib/accounts/token-life-repository.ts';
import { recordTokenState } from '../../lib/accounts/token-state.ts';
import { accountsQueueEnv, syncQueueEnv, workEnv } from '../../lib/config.ts';
import { onlyAccount } from '../../lib/database/account-scope.ts';
import { shiftDay } from '../../lib/figures/days.ts';
import { createMeasureDays } from '../../lib/figures/measure-days.ts';
import { createFiguresRepository } from '../../lib/figures/repository.ts';
import { createInsights } from '../../lib/insights/create-insights.ts';
import { logger } from '../../lib/logger.ts';
import { createPostReader, createPostTriage } from '../../lib/posts/index.ts';
import { sleepUnlessStopping as sleep } from '../../lib/stopping.ts';
import { createMirrorStories } from '../../lib/stories/mirror-stories.ts';
import { createStoryRepository } from '../../lib/stories/repository.ts';
import { createSyncRunRepository } from '../../lib/sync/repository.ts';
import { createWake } from '../../lib/wake-ups/wake.ts';
import { createSyncWake } from './sync-wake.ts';

export const accountTaskEnv = z.object({
  ...accountAccessEnv.shape,
  ...workEnv.shape,
  ...syncQueueEnv.shape,
  ...accountsQueueEnv.shape,
});

/** Composes what is done for accounts by itself, over the features that do it. */
export const createAccountTasks = async (env: z.output<typeof accountTaskEnv>) => {
  const access = await createAccountAccess(env);
  const { database, accounts, cipher } = access;
  const connectInstagram = createConnectUnlessThrottled(access.connectInstagram);
  const posts = createPostReader(database);
  const runs = createSyncRunRepository(database);
  const wakeRun = createSyncWake(env);
  const refreshToken = createRefreshToken({
    life: createTokenLifeRepository(database),
    connectInstagram,
    connectWithToken: createConnectWithToken(env),
    cipher,
    recordState: (account, state, error) => recordTokenState(database, account, state, error),
    logger,
  });
  const syncTasks = createSyncTasks({
    findSchedule: accounts.findSchedule,
    startRun: async (account_id, { mode, include }) => {
      await wakeRun(await runs.start({ account_id, mode, include, accept_missing: false }), 0);
    },
    lastRequestedAgo: runs.lastRequestedAgo,
    postingGapSeconds: posts.postingGapSeconds,
  });
  const insights = createInsights(access, env);
  const mirrorStories = createMirrorStories({
    database,
    stories: createStoryRepository(database),
    connectInstagram,
    getPost: posts.get,
    isGone: createPostTriage({ database }),
    measure: (accountId, postId, options) =>
      insights.ofPost(onlyAccount(accountId), postId, { history: false }, options),
    logger,
  });
  const measureDays = createMeasureDays({
    figures: createFiguresRepository(database),
    connectInstagram,
    measure: (accountId, day, options) =>
      insights.ofAccount(accountId, { since: day, until: shiftDay(day, 1), history: false }, options),
    storeCounts: accounts.storeCounts,
    logger,
    now: Date.now,
  });
  return createAccountTaskAdvance({
    database,
    tasks: {
      ...syncTasks,
      stories: (turn, { account_id }) => mirrorStories(account_id, turn.step),
      account_figures: (turn, { account_id }) => measureDays(account_id, turn.step),
      refresh_token: (turn, { account_id }) => refreshToken(account_id, turn.step),
    },
    wake: createWake({
      sender: createAccountTaskSender(env),
      toMessage: ({ account_id, id }) => ({ account_id, account_task_id: id }),
      logger,
    }),
    leaseSeconds: env.LEASE_SECONDS,
    logger,
    now: () => performance.now(),
    random: Math.random,
    sleep,
  });
};
