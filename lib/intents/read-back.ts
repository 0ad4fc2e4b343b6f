import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { InstagramError } from '../instagram/errors.ts';
import { errorFields } from '../logger.ts';
import { createRecordReadBack } from './claim-effects.ts';
import { type IntentDeps, kindOf } from './deps.ts';
import type { FindRivals, ReadBack } from './kind.ts';
import { createReadBackRepository } from './read-back-repository.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentRow } from './schema.ts';

/** Longest time of one read-back, retries and pages included. */
const MAX_READ_BACK_MS = 8_000;
const BLIND: ReadBack = { effects: [], conclusive: false };

/** `done`: see the row. `not_due`: another reads back, or the next read-back is later. `refused`: Instagram wants no calls. */
export type ReadBackResult = 'done' | 'not_due' | 'refused';

/**
 * Reads the effect of an intent back, once, where that is due, and records the result, for its siblings too. `wakeMs`:
 * it is a worker's, and the next one is due then; null: it is a request's.
 */
export const createReadBack = (deps: IntentDeps) => {
  const { database, kinds, timing, logger, now } = deps;
  const intents = createIntentRepository(database);
  const readBacks = createReadBackRepository(database);
  const recordReadBack = createRecordReadBack(deps);

  return async (
    connected: ConnectedAccount,
    intent: IntentRow,
    { deadline, wakeMs }: { deadline: number; wakeMs: number | null },
  ): Promise<ReadBackResult> => {
    await intents.markLapsed(intent, timing);
    const taken = await readBacks.take(intent, timing.settleMs);
    if (taken === null) return 'not_due';
    const { began_at, since, ...seen } = taken;
    const findRivals: FindRivals = (externalIds) => readBacks.findRivals(seen, externalIds);
    const options = { since, now: began_at, deadline: Math.min(now() + MAX_READ_BACK_MS, deadline), findRivals };
    let result: ReadBackResult = 'done';
    const found = await kindOf(kinds, seen)
      .readBack(connected, seen, options)
      .catch(async (error: unknown) => {
        if (!(error instanceof InstagramError)) throw error;
        logger.warn('a read-back failed', {
          event: 'intent_read_back_failed',
          account_id: seen.account_id,
          intent_id: seen.id,
          error: errorFields(error),
        });
        await recordStanding(database, connected.account, error);
        if (error.kind !== 'transient') result = 'refused';
        return BLIND;
      });
    await recordReadBack(connected.account, taken, found, { wakeMs });
    return result;
  };
};
