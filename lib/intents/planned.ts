/** Intents that their own worker sends later, for that worker: each function works over the connection it is given. */
import type { CommonQueryMethods } from 'slonik';
import { NEVER_KNOWN } from './patience.ts';
import { createPlannedIntentRepository, type Rivals } from './planned-repository.ts';
import { createIntentRepository, isAbsent } from './repository.ts';
import type { IntentInput, IntentKey, IntentRow, Outcome } from './schema.ts';

/** Accepts a request that is to be sent later. Null: its key is taken. */
export const planIntent = (connection: CommonQueryMethods, input: IntentInput): Promise<IntentRow | null> =>
  createPlannedIntentRepository(connection).plan(input);

export const findIntent = (connection: CommonQueryMethods, key: IntentKey): Promise<IntentRow | null> =>
  createIntentRepository(connection).find(key);

/** The intent of the request that a key belongs to. */
export const findIntentByKey = (
  connection: CommonQueryMethods,
  key: Pick<IntentInput, 'account_id' | 'principal' | 'idempotency_key'>,
): Promise<IntentRow | null> => createIntentRepository(connection).findByKey(key);

/**
 * Makes it the caller's to send to `target_id` within `sendMs`; to be committed before anything is sent. Null: it may not
 * be sent, or somebody else was faster.
 */
export const takeSend = async (
  connection: CommonQueryMethods,
  seen: IntentRow,
  { target_id, sendMs }: { target_id: string; sendMs: number },
): Promise<IntentRow | null> => {
  const taken = await createIntentRepository(connection).resend(seen, sendMs);
  return taken === null ? null : await createPlannedIntentRepository(connection).retarget(taken, target_id);
};

/**
 * Ends an intent that had no effect and never will: nothing was sent, or enough looks have found nothing. False where that
 * cannot be said of it. With `freeKey` its client may make the same request anew.
 */
export const endWithoutEffect = async (
  connection: CommonQueryMethods,
  seen: IntentRow,
  { outcome, freeKey }: { outcome: Outcome; freeKey: boolean },
): Promise<boolean> => {
  const planned = createPlannedIntentRepository(connection);
  const ended =
    seen.state === 'refused' ||
    (await planned.withdraw(seen, outcome)) ||
    (isAbsent(seen) && (await createIntentRepository(connection).refuse(seen, outcome)));
  if (ended && freeKey) await planned.releaseKey(seen);
  return ended;
};

/** Gives up finding out whether an intent had an effect. */
export const abandonIntent = (connection: CommonQueryMethods, seen: IntentRow): Promise<boolean> =>
  createIntentRepository(connection).abandon(seen, { failure: NEVER_KNOWN });

/** What else may have brought about what an intent is believed to have: see `Rivals`. */
export const findRivals = (
  connection: CommonQueryMethods,
  intent: IntentRow,
  externalIds: readonly string[],
): Promise<Rivals> => createPlannedIntentRepository(connection).findRivals(intent, externalIds);
