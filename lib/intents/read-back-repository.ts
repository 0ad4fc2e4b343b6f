import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { timestampSchema } from '../contract.ts';
import { type Alike, changing, INTENT, inMs, isIntent, likeThis, ms, type Sent, sentBy } from './repository.ts';
import { type IntentKey, type IntentRow, intentRowSchema, type Rivals, rivalsSchema } from './schema.ts';

const takenSchema = z.strictObject({ ...intentRowSchema.shape, began_at: timestampSchema, since: timestampSchema });

/**
 * The `intents` table, as read-backs see it: who may read back, which effects belong to which intent, what was found.
 */
export const createReadBackRepository = (database: CommonQueryMethods) => ({
  /**
   * Takes the next read-back of an intent, where it is due; nobody else gets it for `leaseMs`. `began_at` is now by the
   * database's clock, `since` the first send of any sibling that is not settled. Null: not due, taken, or not unknown.
   */
  take: (key: IntentKey, leaseMs: number): Promise<(IntentRow & { began_at: string; since: string }) | null> =>
    database.maybeOne(sql.type(takenSchema)`
      UPDATE intents AS own SET next_read_at = ${inMs(leaseMs)}
      WHERE ${isIntent(key)} AND state = 'unknown' AND next_read_at <= service_now()
      RETURNING ${INTENT}, service_now() AS began_at, (
        SELECT min(alike.first_attempt_at) FROM intents AS alike
        WHERE alike.account_id = own.account_id AND alike.target_id = own.target_id
          AND alike.text_digest = own.text_digest AND alike.state IN ('sending', 'unknown')
      ) AS since
    `),

  /**
   * Records an absent or blind read-back. `counted`: it began after every effect had time to show, and would have found
   * it. Then it counts towards another send, unless the last one that counted was less than `spacingMs` ago. `wakeMs`:
   * of a worker's, when the next one is due.
   */
  record: (
    seen: Sent,
    {
      counted,
      began_at,
      spacingMs,
      wakeMs,
    }: { counted: boolean; began_at: string; spacingMs: number; wakeMs: number | null },
  ): Promise<boolean> => {
    const counts = sql.fragment`
      ${counted} AND (last_absent_at IS NULL OR last_absent_at + ${ms(spacingMs)} <= ${began_at}::timestamptz)`;
    return changing(database)(sql.unsafe`
      UPDATE intents SET
        absent_reads = absent_reads + CASE WHEN ${counts} THEN 1 ELSE 0 END,
        last_absent_at = CASE WHEN ${counts} THEN ${began_at}::timestamptz ELSE last_absent_at END,
        next_read_at = greatest(${began_at}::timestamptz + ${ms(spacingMs)}, settle_until),
        ${wakeMs === null ? sql.fragment`` : sql.fragment`background_reads = background_reads + 1, next_wake_at = ${inMs(wakeMs)},`}
        updated_at = service_now()
      WHERE ${sentBy(seen)} AND state = 'unknown'
    `);
  },

  /**
   * Until the transaction ends, nobody else decides which effect of these siblings is whose: to claim one by a read-back,
   * by a late answer, or to call it a second effect exclude each other. Before any row is locked.
   */
  lockEffects: async ({ account_id, target_id, text_digest }: Alike): Promise<void> => {
    await database.query(sql.unsafe`
      SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', ${target_id}::text, ${text_digest}::text), ${account_id}))
    `);
  },

  /**
   * Locks, in id order, an intent and the siblings that matter beside it: unresolved ones, and those whose effects may
   * still show. `settled`: by `at` its effect would have shown.
   */
  lockAlike: (intent: Alike & IntentKey, at: string): Promise<readonly (IntentRow & { settled: boolean })[]> =>
    database.any(sql.type(z.strictObject({ ...intentRowSchema.shape, settled: z.boolean() }))`
      SELECT ${INTENT}, state <> 'sending' AND (settle_until IS NULL OR settle_until <= ${at}::timestamptz) AS settled
      FROM intents
      WHERE ${likeThis(intent)}
        AND (id = ${intent.id} OR state IN ('sending', 'unknown') OR settle_until > ${at}::timestamptz)
      ORDER BY id FOR UPDATE
    `),

  /** Those of these effects that an intent has, and the known second effects of siblings. */
  findTaken: (alike: Alike, externalIds: readonly string[]): Promise<readonly string[]> =>
    database.anyFirst(sql.type(z.strictObject({ external_id: z.string() }))`
      SELECT external_id FROM intents
      WHERE account_id = ${alike.account_id} AND external_id = ANY(${sql.array([...externalIds], 'text')})
      UNION SELECT unnest(second_effects) FROM intents WHERE ${likeThis(alike)} AND second_effects <> '{}'
    `),

  /**
   * Which of these effects belong to other intents, and whether an intent with the same text, whatever its target, may
   * still own one of them.
   */
  findRivals: (
    { account_id, id, kind, text_digest, first_attempt_at }: IntentRow,
    externalIds: readonly string[],
  ): Promise<Rivals> =>
    database.one(sql.type(rivalsSchema)`
      SELECT
        ARRAY(
          SELECT external_id FROM intents
          WHERE account_id = ${account_id} AND id <> ${id} AND external_id = ANY(${sql.array([...externalIds], 'text')})
        ) AS taken,
        EXISTS (
          SELECT FROM intents
          WHERE account_id = ${account_id} AND kind = ${kind} AND text_digest = ${text_digest} AND id <> ${id}
            AND external_id IS NULL AND state IN ('sending', 'unknown', 'confirmed', 'abandoned')
            AND first_attempt_at > ${first_attempt_at}::timestamptz - interval '1 day'
        ) AS unclear
    `),

  /** Locks, in id order, an intent, the intent that has the effect, and siblings of which it is a second effect. */
  lockConcerned: (intent: Alike & IntentKey, externalId: string): Promise<readonly IntentRow[]> =>
    database.any(sql.type(intentRowSchema)`
      SELECT ${INTENT} FROM intents
      WHERE account_id = ${intent.account_id}
        AND (
          id = ${intent.id} OR external_id = ${externalId}
          OR (${likeThis(intent)} AND ${externalId} = ANY(second_effects))
        )
      ORDER BY id FOR UPDATE
    `),

  /** Takes its effect from an intent, as it is another's. The intent is unknown again. */
  loseClaim: (key: IntentKey): Promise<boolean> =>
    changing(database)(sql.unsafe`
      UPDATE intents SET
        state = 'unknown', external_id = NULL, evidence = NULL, outcome = NULL, verify = false, absent_reads = 0,
        last_absent_at = NULL, settle_until = coalesce(settle_until, service_now()),
        next_read_at = service_now(), next_wake_at = service_now(), updated_at = service_now()
      WHERE ${isIntent(key)}
    `),

  /** Remembers effects beyond the one that was wanted. `takeBack`: the watcher takes them back. */
  recordSecondEffects: (
    key: IntentKey,
    externalIds: readonly string[],
    { takeBack }: { takeBack: boolean },
  ): Promise<boolean> =>
    changing(database)(sql.unsafe`
      UPDATE intents SET
        second_effects = ARRAY(SELECT DISTINCT unnest(second_effects || ${sql.array([...externalIds], 'text')})),
        ${takeBack ? sql.fragment`verify = true, next_wake_at = coalesce(next_wake_at, service_now()),` : sql.fragment``}
        updated_at = service_now()
      WHERE ${isIntent(key)}
    `),

  /**
   * Takes the later read-back of an intent that was sent twice; nobody else gets it for `leaseMs`. Null: none is wanted
   * any more.
   */
  takeVerification: (key: IntentKey, leaseMs: number): Promise<(IntentRow & { began_at: string }) | null> =>
    database.maybeOne(sql.type(z.strictObject({ ...intentRowSchema.shape, began_at: timestampSchema }))`
      UPDATE intents SET next_wake_at = ${inMs(leaseMs)}, background_reads = background_reads + 1
      WHERE ${isIntent(key)} AND verify
      RETURNING ${INTENT}, service_now() AS began_at
    `),
});
