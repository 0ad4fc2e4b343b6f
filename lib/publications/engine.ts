import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { accountAccessEnv, createAccountAccess } from '../accounts/access.ts';
import { createComments } from '../comments/index.ts';
import { intentEnv, publicationsQueueEnv, uploadEnv, workEnv } from '../config.ts';
import { timingOf } from '../intents/index.ts';
import { logger } from '../logger.ts';
import { createUploadAccess } from '../uploads/access.ts';
import { createCheckUpload, createLinkUpload } from '../uploads/check-upload.ts';
import { refuseOutOfReach } from '../uploads/reachable.ts';
import { createWake } from '../wake-ups/wake.ts';
import { composePublications } from './compose.ts';
import { createPublicationSender } from './sender.ts';

/** Environment of every function that works on publications. */
export const publicationEnv = z.object({
  ...accountAccessEnv.shape,
  ...intentEnv.shape,
  ...workEnv.shape,
  ...uploadEnv.shape,
  ...publicationsQueueEnv.shape,
});
export type PublicationEnv = z.output<typeof publicationEnv>;

/** Composes what such functions share. */
export const createPublicationEngine = async (env: PublicationEnv) => {
  const access = await createAccountAccess(env);
  const { database, connectInstagram, resolveAccount } = access;
  const uploads = await createUploadAccess(env);
  const wake = createWake({
    sender: createPublicationSender(env),
    toMessage: ({ account_id, id }) => ({ account_id, publication_id: id }),
    logger,
  });
  const parts = composePublications({
    database,
    connectInstagram,
    timing: timingOf(env),
    comment: createComments(access, env).accept,
    uploads: {
      check: async (about) => {
        refuseOutOfReach(env); // before anything is stored or sent
        return createCheckUpload(uploads)(about);
      },
      link: async (about) => {
        refuseOutOfReach(env); // it may have been scheduled while a tunnel was open
        return createLinkUpload(uploads)(about);
      },
    },
    wake,
    leaseSeconds: env.LEASE_SECONDS,
    logger,
    now: () => performance.now(),
    clock: Date.now,
    random: Math.random,
    sleep,
  });
  return { resolveAccount, ...parts };
};
