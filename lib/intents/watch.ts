import { restSeconds } from '../accounts/standing.ts';
import type { IntentDeps } from './deps.ts';
import type { Follower } from './follow.ts';
import { createIntentRepository } from './repository.ts';

/** A dead token is tried by people's requests, not by us; it may have been replaced by then. */
const TOKEN_QUIET_MS = 15 * 60_000;

/**
 * The watcher: follows what requests have left behind, one read-back at a time. It never sends anything, and calls nothing
 * while Instagram wants no calls for the account.
 */
export const createWatcher =
  ({ database, connectInstagram }: Pick<IntentDeps, 'database' | 'connectInstagram'>) =>
  (deadline: number): Follower => {
    const intents = createIntentRepository(database);
    return {
      as: 'watcher',
      deadline,
      connect: async (row) => {
        const quietMs = 1_000 * (await restSeconds(database, row.account_id));
        const connected = quietMs > 0 ? null : await connectInstagram(row.account_id);
        if (connected !== null && connected.account.token_state !== 'dead') return connected;
        await intents.snooze(row, quietMs || TOKEN_QUIET_MS);
        return null;
      },
      wait: async () => 'stop', // the row says when it is due again
      beforeSend: async () => 'stop',
    };
  };
