import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { InstagramError } from '../instagram/errors.ts';
import { errorFields } from '../logger.ts';
import { createRecordReading } from './claim-effects.ts';
import { type IntentDeps, kindOf } from './deps.ts';
import type { Reading } from './kind.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentRow } from './schema.ts';

/** One look may last so long, retries and pages included. */
const LOOK_MS = 8_000;
const BLIND: Reading = { effects: [], conclusive: false };

/** `looked`: see the row. `not_due`: somebody else looks, or the next look is later. `refused`: Instagram wants no calls. */
export type LookResult = 'looked' | 'not_due' | 'refused';

/**
 * Looks once whether an `unknown` intent has happened, where a look is due, and records what it brought, for its siblings
 * too. Sends nothing. `wakeMs`: a look in the background, and when the next is.
 */
export const createLook = (deps: IntentDeps) => {
  const { database, kinds, timing, logger, now } = deps;
  const intents = createIntentRepository(database);
  const recordReading = createRecordReading(deps);

  return async (
    connected: ConnectedAccount,
    intent: IntentRow,
    { deadline, wakeMs }: { deadline: number; wakeMs: number | null },
  ): Promise<LookResult> => {
    await intents.markLapsed(intent, timing);
    const turn = await intents.takeReading(intent, timing.settleMs);
    if (turn === null) return 'not_due';
    const { began_at, since, ...seen } = turn;
    const options = { since, now: began_at, deadline: Math.min(now() + LOOK_MS, deadline) };
    let result: LookResult = 'looked';
    const reading = await kindOf(kinds, seen)
      .readBack(connected, seen, options)
      .catch(async (error: unknown) => {
        if (!(error instanceof InstagramError)) throw error;
        logger.warn('a look for an effect failed', {
          event: 'intent_look_failed',
          account_id: seen.account_id,
          intent_id: seen.id,
          error: errorFields(error),
        });
        await recordStanding(database, connected.account, error);
        if (error.kind !== 'transient') result = 'refused';
        return BLIND;
      });
    await recordReading(connected.account, turn, reading, { wakeMs });
    return result;
  };
};
