import { z } from 'zod';
import { type AccountAccess, accountAccessEnv } from '../accounts/access.ts';
import { intentEnv } from '../config.ts';
import { createIntents, type IntentEnv, intentDeps, timingOf } from '../intents/index.ts';
import { logger } from '../logger.ts';
import { createPostReader } from '../posts/index.ts';
import { createCommentIntents } from './comment-intent.ts';
import { createAreCommentsOff } from './comments-switch.ts';
import { createCreateComment, createCreateReply } from './create-comment.ts';
import { createGetComment } from './get-comment.ts';
import { createDeleteComment, createSwitchComments, createUpdateComment } from './moderate.ts';
import { createRepeatableWrite } from './repeatable-write.ts';
import { createCommentRepository } from './repository.ts';
import { createSettleWrite } from './settle-write.ts';
import { createTriage } from './triage.ts';

/** What every function that writes comments reads from its environment. */
export const commentEnv = z.object({ ...accountAccessEnv.shape, ...intentEnv.shape });

/** Composes everything that is done to comments on Instagram. */
export const createComments = (access: Pick<AccountAccess, 'database' | 'connectInstagram'>, env: IntentEnv) => {
  const { database, connectInstagram } = access;
  const now = () => performance.now();
  const { get: getPost } = createPostReader(database);
  const getComment = createGetComment({ comments: createCommentRepository(database) });
  const triage = createTriage({ database });
  const areCommentsOff = createAreCommentsOff({ database });
  const kinds = createCommentIntents({ database, getPost, triage, areCommentsOff });
  const { accept, follow } = createIntents(intentDeps(access, env, kinds));
  const write = createRepeatableWrite({ database, connectInstagram, settleMs: timingOf(env).settleMs, now });
  const writing = { accept, write, triage, getPost, getComment, areCommentsOff };
  return {
    create: createCreateComment(writing),
    reply: createCreateReply(writing),
    update: createUpdateComment(writing),
    delete: createDeleteComment(writing),
    /** Switches the comments of a post on or off. */
    switch: createSwitchComments(writing),
    /** Sends an intent that another feature makes: the first comment of a publication. */
    accept,
    /** For the worker, as `settle` is: reads back what a request has left unclear. Neither ever writes to Instagram. */
    follow,
    settle: createSettleWrite({ database, connectInstagram, getPost, triage, logger, now }),
  };
};
export type Comments = ReturnType<typeof createComments>;
