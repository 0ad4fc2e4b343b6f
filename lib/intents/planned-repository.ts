import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { INTENT, isIntent, type Sent, sentBy, toJson } from './repository.ts';
import { type IntentInput, type IntentKey, type IntentRow, intentRowSchema, type Outcome } from './schema.ts';

const rivalsSchema = z.strictObject({ taken: z.array(z.string()), unclear: z.boolean() });
/** `taken`: of the effects seen, those of other intents. `unclear`: another may have had any of them, but which is not known. */
export type Rivals = z.output<typeof rivalsSchema>;

/** The `intents` table, for requests that their own worker sends: what it does beyond `createIntentRepository`. */
export const createPlannedIntentRepository = (database: CommonQueryMethods) => {
  const change = async (statement: ReturnType<typeof sql.unsafe>): Promise<boolean> =>
    (await database.query(statement)).rowCount === 1;

  return {
    /** Accepts a request whose worker is to send it later (`resend`). Null: its key is taken. */
    plan: (input: IntentInput): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`
        INSERT INTO intents (
          account_id, id, kind, target_id, post_id, parent_id, text, text_digest, principal, idempotency_key,
          request_hash, state, attempt, send_by
        ) VALUES (
          ${input.account_id}, next_row_id(${input.account_id}), ${input.kind}, ${input.target_id}, ${input.post_id},
          ${input.parent_id}, ${input.text}, ${input.text_digest}, ${input.principal}, ${input.idempotency_key},
          ${input.request_hash}, 'pending', 0, service_now()
        )
        ON CONFLICT (account_id, principal, idempotency_key) DO NOTHING
        RETURNING ${INTENT}
      `),

    /** Says what the send that was just taken is about. */
    retarget: (sent: Sent, target_id: string): Promise<IntentRow> =>
      database.one(sql.type(intentRowSchema)`
        UPDATE intents SET target_id = ${target_id} WHERE ${sentBy(sent)} AND state = 'sending' RETURNING ${INTENT}
      `),

    /** It will never be sent: nobody wants it any more, or it cannot be. Nothing, where it may have been sent. */
    withdraw: (key: IntentKey, outcome: Outcome): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'refused', outcome = ${toJson(outcome)}, not_before = NULL, next_wake_at = NULL,
          updated_at = service_now()
        WHERE ${isIntent(key)} AND state = 'pending' AND attempt = 0
      `),

    /** Lets go of its client's key, so that the same request may be made anew: nothing happened, try later. */
    releaseKey: (key: IntentKey): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET principal = NULL, idempotency_key = gen_random_uuid()::text, updated_at = service_now()
        WHERE ${isIntent(key)} AND state = 'refused'
      `),

    /** Others whose effects look the same, whatever they are done to, and which of the effects seen belong to any. */
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
  };
};
