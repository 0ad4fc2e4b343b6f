import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { InstagramError } from '../instagram/errors.ts';
import { errorFields } from '../logger.ts';
import { isWithin } from './assign.ts';
import { sendsInVain } from './decide.ts';
import { type IntentDeps, kindOf } from './deps.ts';
import type { FindRivals } from './kind.ts';
import { createReadBackRepository } from './read-back-repository.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentRow } from './schema.ts';

/**
 * Reads back an intent that was sent twice. An effect from the time of its sends that no intent claims is a second
 * effect: it is recorded, logged as an error, which raises an alarm, and taken back. Where something fails, a later
 * turn tries again.
 */
export const createVerify = (deps: IntentDeps) => {
  const { database, kinds, logger } = deps;
  const readBacks = createReadBackRepository(database);

  /** All second effects that are known by now; null while siblings may still claim what was found. */
  const findSecond = async (connected: ConnectedAccount, row: IntentRow & { began_at: string }, deadline: number) => {
    const findRivals: FindRivals = (externalIds) => readBacks.findRivals(row, externalIds);
    const options = { since: row.first_attempt_at, now: row.began_at, deadline, findRivals };
    const { effects, conclusive } = await kindOf(kinds, row).readBack(connected, row, options);
    if (!conclusive) return null;
    return await database.transaction(async (connection) => {
      const repository = createReadBackRepository(connection);
      await repository.lockEffects(row);
      const alike = await repository.lockAlike(row, row.began_at);
      const own = alike.find(({ id }) => id === row.id);
      // The send of a sibling that is open may still be answered with what was found, or claim it.
      if (own === undefined || alike.some(({ outcome, settled }) => outcome === null || !settled)) return null;
      const found = effects.filter((effect) => isWithin(own, effect)).flatMap(({ external_id }) => external_id ?? []);
      const taken = await repository.findTaken(own, found);
      const unclaimed = found.filter((externalId) => !taken.includes(externalId));
      const second = unclaimed.slice(0, sendsInVain(own));
      if (second.length > 0) await repository.recordSecondEffects(own, second, { takeBack: true });
      return [...own.second_effects, ...second];
    });
  };

  return async (
    connected: ConnectedAccount,
    intent: IntentRow,
    { deadline, wakeMs }: { deadline: number; wakeMs: number },
  ): Promise<void> => {
    const ids = { account_id: intent.account_id, intent_id: intent.id, kind: intent.kind };
    const row = await readBacks.takeVerification(intent, wakeMs);
    if (row === null) return;
    try {
      const second = await findSecond(connected, row, deadline);
      if (second === null) return;
      for (const external_id of second) {
        logger.error('one request had two effects', { event: 'second_effect', ...ids, external_id });
        await kindOf(kinds, row).undo?.(connected, external_id, { deadline });
      }
      await createIntentRepository(database).finishVerification(row, second);
    } catch (error) {
      if (!(error instanceof InstagramError)) throw error;
      await recordStanding(database, connected.account, error);
      logger.warn('a later read-back failed', { event: 'intent_verify_failed', ...ids, error: errorFields(error) });
    }
  };
};
