import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { ServiceError } from '../errors.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import type { ConnectedAccount, ConnectInstagram } from './connect-instagram.ts';
import { recordStanding } from './standing.ts';
import { recordTokenState } from './token-state.ts';
import { recordUsage, throttledForSeconds } from './usage.ts';

/**
 * Refuses a read while Instagram throttles the account: more calls would prolong that.
 * @throws {ServiceError} `instagram_rate_limited`, with `Retry-After`.
 */
export const ensureMayRead = async (connection: CommonQueryMethods, accountId: number): Promise<void> => {
  const retryAfterSeconds = await throttledForSeconds(connection, accountId);
  if (retryAfterSeconds === 0) return;
  const message = 'Instagram limits our calls for this account for now';
  throw new ServiceError('instagram_rate_limited', message, { retryAfterSeconds });
};

export type AskInstagram = <Answer>(
  accountId: number,
  ask: (connected: ConnectedAccount) => Promise<Answer>,
) => Promise<Answer>;

/**
 * Reads from Instagram for a person. It makes no call while the account is throttled. It tries a dead token once: a
 * success revives it. What the calls tell of the token and the rate limit is stored for everyone.
 * @throws {ServiceError} for whatever Instagram refuses; `instagram_rate_limited` without a call.
 */
export const createAskInstagram =
  ({ database, connectInstagram }: { database: DatabasePool; connectInstagram: ConnectInstagram }): AskInstagram =>
  async (accountId, ask) => {
    await ensureMayRead(database, accountId);
    const connected = await connectInstagram(accountId);
    const { account, usage } = connected;
    try {
      const answer = await ask(connected);
      if (account.token_state === 'dead') await recordTokenState(database, account, 'alive', null);
      if (usage.percent > 0) await recordUsage(database, accountId, usage);
      return answer;
    } catch (error) {
      if (!(error instanceof InstagramError)) throw error;
      await recordStanding(database, account, error);
      throw toServiceError(error);
    }
  };
