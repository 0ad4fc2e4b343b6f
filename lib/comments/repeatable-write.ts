import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureStanding, recordStanding } from '../accounts/standing.ts';
import { recordTokenState } from '../accounts/token-state.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';

const TRIES = 2;
/** One call may last so long: two of them and what lies between fit into a request. */
const CALL_MS = 8_000;

/** A write that sets something to what is asked: done twice, it is done once. */
export interface RepeatableWrite {
  act: (connected: ConnectedAccount, options: { deadline: number }) => Promise<void>;
  /** Whether Instagram shows it done, after an answer that leaves that open. */
  isDone: (connected: ConnectedAccount, options: { deadline: number }) => Promise<boolean>;
  /** What Instagram's 100/33 about its object comes to: returns where that makes it done, throws where it says something. */
  whenMissing: (connected: ConnectedAccount, options: { deadline: number }) => Promise<void>;
}

/**
 * Does on Instagram what may be done twice without harm, so it needs no intent: after an answer that leaves open whether
 * it was done it looks, and does it once more.
 * @throws {ServiceError} what Instagram refuses it for; `outcome_unknown` when it could not be found out.
 */
export const createRepeatableWrite =
  ({
    database,
    connectInstagram,
    now,
  }: {
    database: DatabasePool;
    connectInstagram: (accountId: number) => Promise<ConnectedAccount>;
    now: () => number;
  }) =>
  async (accountId: number, { act, isDone, whenMissing }: RepeatableWrite, deadline: number): Promise<void> => {
    const connected = await connectInstagram(accountId);
    ensureStanding(connected.standing);
    const options = () => ({ deadline: Math.min(now() + CALL_MS, deadline) });
    for (let attempt = 1; ; attempt += 1) {
      try {
        await act(connected, options());
        break;
      } catch (error) {
        if (!(error instanceof InstagramError)) throw error;
        await recordStanding(database, connected.account, error);
        if (error.kind === 'missing') {
          await whenMissing(connected, options());
          return;
        }
        const open = error.writeEffect === 'maybe' || error.failure === 'not_sent';
        const isStopped = error.kind === 'blocked' || error.kind === 'throttled'; // Instagram wants no calls now
        if (!open || isStopped) throw toServiceError(error);
        const done = await isDone(connected, options()).catch((unclear: unknown) => {
          if (unclear instanceof InstagramError) return false;
          throw unclear;
        });
        if (done) break;
        if (attempt === TRIES || now() >= deadline) throw toServiceError(error);
      }
    }
    if (connected.account.token_state === 'dead') await recordTokenState(database, connected.account, 'alive', null);
  };
export type WriteRepeatably = ReturnType<typeof createRepeatableWrite>;
