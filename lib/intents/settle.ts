import { restSeconds } from '../accounts/standing.ts';
import type { IntentDeps } from './deps.ts';
import { createLook } from './look.ts';
import { GIVEN_UP_AFTER_MS, LOOKS_AT_MOST, NEVER_KNOWN, wakeAfterMs } from './patience.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentKey, IntentRow, Outcome } from './schema.ts';
import { createVerify } from './verify.ts';

/** A dead token is tried by people's requests, not by us; it may have been replaced by then. */
const TOKEN_REST_MS = 15 * 60_000;

/**
 * Works on an intent in the background: looks whether it happened, gives up what nobody will ever know, and looks again
 * at what was sent twice. It never sends anything. Safe to call at any time.
 */
export const createSettle = (deps: IntentDeps) => {
  const { database, connectInstagram, timing, logger } = deps;
  const intents = createIntentRepository(database);
  const look = createLook(deps);
  const verify = createVerify(deps);

  const abandon = async (row: IntentRow): Promise<void> => {
    // What Instagram refused in so many words, and did not show since, is told in its words.
    const failure = row.error?.code === 'instagram_rejected' ? row.error : NEVER_KNOWN;
    const outcome: Outcome = { failure };
    if (!(await intents.abandon(row, outcome))) return;
    const { account_id, id: intent_id, kind, background_reads: looks } = row;
    logger.error('the outcome of a write stays unknown', {
      event: 'intent_abandoned',
      account_id,
      intent_id,
      kind,
      looks,
    });
  };

  return async (key: IntentKey, deadline: number): Promise<void> => {
    const found = await intents.find(key);
    if (found === null) return;
    if (found.state === 'sending' && found.send_in_ms <= 0) await intents.markLapsed(found, timing);
    const row = (await intents.find(key)) ?? found;
    const looksFor = row.state === 'unknown';
    if (!looksFor && !row.verify) return;
    if (row.age_ms > GIVEN_UP_AFTER_MS || row.background_reads >= LOOKS_AT_MOST) {
      return looksFor ? await abandon(row) : void (await intents.finishVerification(row));
    }
    const rest = await restSeconds(database, key.account_id);
    if (rest > 0) return void (await intents.snooze(row, rest * 1_000));
    const connected = await connectInstagram(key.account_id);
    if (connected.account.token_state === 'dead') return void (await intents.snooze(row, TOKEN_REST_MS));
    const wakeMs = wakeAfterMs(row.background_reads, timing.settleMs);
    if (looksFor) await look(connected, row, { deadline, wakeMs });
    else await verify(connected, row, { deadline, wakeMs });
  };
};
