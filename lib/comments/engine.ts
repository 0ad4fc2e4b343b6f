import { z } from 'zod';
import { type AccountAccess, accountAccessEnv } from '../accounts/access.ts';
import { intentEnv } from '../config.ts';
import { createIntents, type IntentEnv, intentDeps, timingOf } from '../intents/index.ts';
import { logger } from '../logger.ts';
import type { Post } from '../posts/schema.ts';
import { createCommentIntents } from './comment-intent.ts';
import { createAreCommentsOff } from './comments-switch.ts';
import { createGetComment } from './get-comment.ts';
import { createRepeatableWrite } from './repeatable-write.ts';
import { createCommentRepository } from './repository.ts';
import { createSettleWrite } from './settle-write.ts';
import { createTriage } from './triage.ts';

/** What every function that writes comments reads from its environment. */
export const commentEnv = z.object({ ...accountAccessEnv.shape, ...intentEnv.shape });

/** Composes what the requests about comments and the worker share. `getPost`: of any account the caller may see. */
export const createCommentEngine = (
  access: Pick<AccountAccess, 'database' | 'connectInstagram'>,
  env: IntentEnv,
  { getPost }: { getPost: (id: number) => Promise<Post> },
) => {
  const { database, connectInstagram } = access;
  const comments = createCommentRepository(database);
  const now = () => performance.now();
  const triage = createTriage({ database });
  const areCommentsOff = createAreCommentsOff({ database });
  const kinds = createCommentIntents({ database, getPost, triage, areCommentsOff });
  const { accept, follow } = createIntents(intentDeps(access, env, kinds));
  return {
    database,
    comments,
    getPost,
    getComment: createGetComment({ comments }),
    triage,
    areCommentsOff,
    accept,
    follow,
    write: createRepeatableWrite({ database, connectInstagram, settleMs: timingOf(env).settleMs, now }),
    settleWrite: createSettleWrite({ database, connectInstagram, getPost, triage, logger, now }),
  };
};
