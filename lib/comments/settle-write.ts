import type { Logger } from '@aws-lambda-powertools/logger';
import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { unlessDisconnected } from '../accounts/connected.ts';
import { readQuietSeconds, recordStanding } from '../accounts/standing.ts';
import { TOKEN_RETRY_SECONDS } from '../accounts/token-state.ts';
import { type AccountScope, onlyAccount } from '../database/account-scope.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import type { Post } from '../posts/schema.ts';
import type { WorkKey } from '../wake-ups/turn.ts';
import { createOpenWriteRepository, type ReadBack, type WriteTarget } from './open-write-repository.ts';
import { createReadAndStore, type WriteSubject } from './read-and-store.ts';
import { createCommentRepository } from './repository.ts';
import type { Triage } from './triage.ts';
import { commentSubject, switchSubject } from './write-subjects.ts';

/** After so long an object that cannot be read is left to the next sync. */
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;
const MAX_READ_MS = 20_000;

/**
 * For the worker: reads an object back and stores what Instagram shows, after a write that did not end (its process died, or
 * its outcome stayed in doubt) or that overlapped with another. Never writes to Instagram. Safe to call at any time.
 */
export const createSettleWrite = ({
  database,
  connectInstagram,
  getPost,
  triage,
  logger,
  now,
}: {
  database: DatabasePool;
  connectInstagram: (accountId: number) => Promise<ConnectedAccount>;
  getPost: (scope: AccountScope, id: number) => Promise<Post>;
  triage: Triage;
  logger: Pick<Logger, 'warn'>;
  now: () => number;
}) => {
  const writes = createOpenWriteRepository(database);
  const readAndStore = createReadAndStore({ database });

  /** Reads and stores the object. False: there is nothing to do, because it is not stored here, or gone. */
  const settle = async (
    connected: ConnectedAccount,
    { account_id, object, object_id }: WriteTarget,
    readBack: ReadBack,
    options: { deadline: number },
  ): Promise<boolean> => {
    const settleSubject = async <State>(subject: WriteSubject<State>) => {
      await readAndStore(connected, subject, readBack, options);
      return true;
    };
    if (object === 'comment') {
      const comment = await createCommentRepository(database).find(onlyAccount(account_id), object_id);
      return comment === null || comment.gone_at !== null ? false : settleSubject(commentSubject(triage, comment));
    }
    const post = await getPost(onlyAccount(account_id), object_id).catch((error: unknown) => {
      if (error instanceof ServiceError && error.code === 'post_not_found') return null;
      throw error;
    });
    return post === null || post.gone_at !== null ? false : settleSubject(switchSubject(triage, post));
  };

  const giveUp = async (key: WorkKey, target: Partial<WriteTarget>): Promise<void> => {
    await writes.forget(key);
    logger.warn('an object could not be read back after a write; it stays as it is stored', {
      event: 'write_not_read_back',
      account_id: key.account_id,
      ...target,
    });
  };

  return async (key: WorkKey, deadline: number): Promise<void> => {
    const quietSeconds = await readQuietSeconds(database, key.account_id);
    if (quietSeconds > 0) return await writes.snooze(key, quietSeconds * 1_000);
    const connected = await unlessDisconnected(connectInstagram(key.account_id));
    if (connected === null) return await giveUp(key, {});
    if (connected.account.token_state === 'dead') return await writes.snooze(key, 1_000 * TOKEN_RETRY_SECONDS);
    const taken = await writes.takeReadBack(key);
    if (taken === null) return;
    const { account_id, object, object_id, epoch, read_at, age_ms } = taken;
    const target = { account_id, object, object_id };
    try {
      const options = { deadline: Math.min(now() + MAX_READ_MS, deadline) };
      if (!(await settle(connected, target, { epoch, read_at }, options))) await writes.forget(key);
    } catch (error) {
      if (!(error instanceof InstagramError)) throw error;
      await recordStanding(database, connected.account, error);
      if (age_ms < GIVE_UP_AFTER_MS) return; // the tick wakes the worker again within minutes
      await giveUp(key, target);
    }
  };
};
