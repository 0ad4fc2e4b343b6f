import type { ConnectInstagram } from '../accounts/connect-instagram.ts';
import { createIntents, type Intents, type IntentTiming } from '../intents/index.ts';
import type { AdvanceDeps } from '../wake-ups/advance.ts';
import { createPublicationAdvance } from './advance.ts';
import { createCreatePublication } from './create-publication.ts';
import { createPostFirstComment } from './first-comment.ts';
import { createFollowUp } from './follow-up.ts';
import { createPrepare, type LinkUpload } from './prepare.ts';
import { createPublish } from './publish.ts';
import { createPublishIntent } from './publish-intent.ts';
import { createReserveQuota } from './reserve-quota.ts';
import { type CheckUpload, createResolveRequest } from './resolve-request.ts';

/** Composes publishing, for the request that waits and for the worker. */
export const composePublications = ({
  timing,
  comment,
  uploads,
  clock,
  ...deps
}: AdvanceDeps & {
  connectInstagram: ConnectInstagram;
  timing: IntentTiming;
  /** Writes first comments. */
  comment: Intents['accept'];
  uploads: { check: CheckUpload; link: LinkUpload };
  /** Milliseconds since 1970. */
  clock: () => number;
}) => {
  const { database, connectInstagram, logger, now, sleep } = deps;
  const kinds = { publish: createPublishIntent({ database }) };
  const { plan, follow } = createIntents({ database, connectInstagram, kinds, timing, logger, now, sleep });
  const reserveQuota = createReserveQuota({ database, now });
  const postFirstComment = createPostFirstComment({ database, accept: comment, now });
  const advance = createPublicationAdvance({
    ...deps,
    steps: {
      reserveQuota,
      prepare: createPrepare({ database, linkUpload: uploads.link }),
      publish: createPublish({ database, follow, timing, random: deps.random }),
      followUp: createFollowUp({ database, postFirstComment }),
    },
  });
  const resolveRequest = createResolveRequest({ checkUpload: uploads.check, clock });
  return {
    advance,
    createPublication: createCreatePublication({ ...deps, plan, resolveRequest, reserveQuota, advance }),
  };
};
