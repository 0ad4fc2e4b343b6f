import { unlessDisconnected } from '../accounts/connected.ts';
import { readQuietSeconds } from '../accounts/standing.ts';
import { TOKEN_RETRY_SECONDS } from '../accounts/token-state.ts';
import type { IntentDeps } from './deps.ts';
import type { Follower } from './follow.ts';
import { createIntentRepository } from './repository.ts';

/**
 * The watcher: follows what requests have left behind, one read-back at a time. It never sends, and calls nothing while
 * the account is quiet.
 */
export const createWatcher =
  ({ database, connectInstagram }: Pick<IntentDeps, 'database' | 'connectInstagram'>) =>
  (deadline: number): Follower => {
    const intents = createIntentRepository(database);
    return {
      as: 'watcher',
      deadline,
      connect: async (row) => {
        const quietSeconds = await readQuietSeconds(database, row.account_id);
        const connected = quietSeconds > 0 ? null : await unlessDisconnected(connectInstagram(row.account_id));
        if (connected !== null && connected.account.token_state !== 'dead') return connected;
        await intents.snooze(row, 1_000 * (quietSeconds || TOKEN_RETRY_SECONDS));
        return null;
      },
      wait: async () => 'stop', // the row says when it is due again
      beforeSend: async () => 'stop',
    };
  };
