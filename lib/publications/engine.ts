import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { accountAccessEnv, createAccountAccess } from '../accounts/access.ts';
import { createCommentEngine } from '../comments/engine.ts';
import { intentEnv, publicationsQueueEnv, uploadEnv, workEnv } from '../config.ts';
import { logger } from '../logger.ts';
import type { Post } from '../posts/schema.ts';
import { createUploadAccess } from '../uploads/access.ts';
import { createCheckUpload, createLinkUpload } from '../uploads/check-upload.ts';
import { createWake } from '../wake-ups/wake.ts';
import { createPublicationAdvance } from './advance.ts';
import { createAfterwards } from './afterwards.ts';
import { createPostFirstComment } from './first-comment.ts';
import { createPrepare } from './prepare.ts';
import { createPublish } from './publish.ts';
import { createPublishIntent } from './publish-intent.ts';
import { createReserveQuota } from './reserve-quota.ts';
import { createResolveRequest } from './resolve-request.ts';
import { createPublicationSender } from './sender.ts';

/** What every function that works on publications reads from its environment. */
export const publicationEnv = z.object({
  ...accountAccessEnv.shape,
  ...intentEnv.shape,
  ...workEnv.shape,
  ...uploadEnv.shape,
  ...publicationsQueueEnv.shape,
});
export type PublicationEnv = z.output<typeof publicationEnv>;

/** Composes what the request that publishes and the worker share. `getPost`: of any account the caller may see. */
export const createPublicationEngine = async (
  env: PublicationEnv,
  toGetPost: (access: Awaited<ReturnType<typeof createAccountAccess>>) => (id: number) => Promise<Post>,
) => {
  const access = await createAccountAccess(env);
  const { database, connectInstagram, resolveAccount } = access;
  const uploads = await createUploadAccess(env);
  const now = () => performance.now();
  const clock = Date.now;
  const timing = {
    sendMs: env.INTENT_SEND_SECONDS * 1_000,
    settleMs: env.INTENT_SETTLE_SECONDS * 1_000,
    spacingMs: env.INTENT_SPACING_SECONDS * 1_000,
  };
  const kinds = { publish: createPublishIntent({ database, timing }) };
  const intentDeps = { database, connectInstagram, kinds, timing, logger, now, sleep };
  const wake = createWake({
    sender: createPublicationSender(env),
    toMessage: ({ account_id, id }) => ({ account_id, publication_id: id }),
    logger,
  });
  const { fulfil } = createCommentEngine(access, env, { getPost: toGetPost(access) });
  const reserveQuota = createReserveQuota({ database, now });
  const steps = {
    reserveQuota,
    prepare: createPrepare({ database, linkUpload: createLinkUpload(uploads) }),
    publish: createPublish({ database, intentDeps, logger, now, clock }),
    afterwards: createAfterwards({
      postFirstComment: createPostFirstComment({ database, fulfil, now, clock }),
      clock,
    }),
  };
  const advance = createPublicationAdvance({
    database,
    connectInstagram,
    steps,
    wake,
    leaseSeconds: env.LEASE_SECONDS,
    logger,
    now,
    random: Math.random,
    sleep,
  });
  return {
    database,
    connectInstagram,
    resolveAccount,
    resolveRequest: createResolveRequest({ checkUpload: createCheckUpload(uploads), clock }),
    reserveQuota,
    advance,
    wake,
    now,
    sleep,
  };
};
