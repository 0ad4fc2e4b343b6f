import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { z } from 'zod';
import { timestampSchema } from '../contract.ts';
import { claimDue } from '../database/leases.ts';
import type { Failure } from '../failure.ts';
import { type IntentInput, type IntentKey, type IntentRow, intentRowSchema, type Outcome } from './schema.ts';

/** An intent and the fence it was sent with. */
export type Sent = Pick<IntentRow, 'account_id' | 'id' | 'fence'>;
/** What makes intents siblings: whatever they bring about cannot be told apart. */
type Alike = Pick<IntentRow, 'account_id' | 'target_id' | 'text_digest'>;

type Moment = 'created_at' | 'first_attempt_at' | 'send_by' | 'settle_until' | 'next_read_at' | 'not_before';
const msUntil = (column: Moment) =>
  sql.fragment`extract(epoch FROM ${sql.identifier([column])} - service_now())::float8 * 1000`;
/** The columns of an `IntentRow`. */
export const INTENT = sql.fragment`
  account_id, id, kind, target_id, post_id, parent_id, text, text_digest, state, attempt, fence, first_attempt_at,
  settle_until, resendable, absent_reads, background_reads, external_id, evidence, verify, second_effects, request_hash,
  outcome, error, -${msUntil('created_at')} AS age_ms, -${msUntil('first_attempt_at')} AS first_attempt_age_ms,
  ${msUntil('send_by')} AS send_in_ms, ${msUntil('settle_until')} AS settle_in_ms,
  ${msUntil('next_read_at')} AS read_in_ms, ${msUntil('not_before')} AS retry_in_ms`;

const ms = (value: number) => sql.fragment`make_interval(secs => ${value / 1_000})`;
const inMs = (value: number) => sql.fragment`service_now() + ${ms(value)}`;
export const toJson = (value: unknown) => sql.fragment`${value === null ? null : JSON.stringify(value)}::jsonb`;
export const isIntent = ({ account_id, id }: IntentKey) => sql.fragment`account_id = ${account_id} AND id = ${id}`;
const likeThis = ({ account_id, target_id, text_digest }: Alike) =>
  sql.fragment`account_id = ${account_id} AND target_id = ${target_id} AND text_digest = ${text_digest}`;
/** Only whoever sent it last may say that nothing came of it, and only while nobody has looked since. */
export const sentBy = (sent: Sent) => sql.fragment`${isIntent(sent)} AND fence = ${sent.fence}`;

/** At most this many sends of one intent may have an effect. */
const SENDS_AT_MOST = 2;
/** So many looks that found nothing, after the time for effects to show, permit another send. */
const ABSENT_READS_TO_RESEND = 2;

/** Whether enough looks have found nothing: there is no use in looking again before anything new is known. */
export const isAbsent = ({ absent_reads }: Pick<IntentRow, 'absent_reads'>): boolean =>
  absent_reads >= ABSENT_READS_TO_RESEND;
/** Whether an intent that is absent may be sent again at all. */
export const isResendable = ({ attempt, resendable }: Pick<IntentRow, 'attempt' | 'resendable'>): boolean =>
  resendable && attempt < SENDS_AT_MOST;

/** The `intents` table: each method one transition, guarded by the state it starts from. The database's clock decides. */
export const createIntentRepository = (database: CommonQueryMethods) => {
  const change = async (statement: ReturnType<typeof sql.unsafe>): Promise<boolean> =>
    (await database.query(statement)).rowCount === 1;

  return {
    /** Accepts a request, about to be sent within `sendMs`. Null: its key is taken. */
    accept: (input: IntentInput, sendMs: number): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`
        INSERT INTO intents (
          account_id, id, kind, target_id, post_id, parent_id, text, text_digest, principal, idempotency_key,
          request_hash, send_by, next_wake_at
        ) VALUES (
          ${input.account_id}, next_row_id(${input.account_id}), ${input.kind}, ${input.target_id}, ${input.post_id},
          ${input.parent_id}, ${input.text}, ${input.text_digest}, ${input.principal}, ${input.idempotency_key},
          ${input.request_hash}, ${inMs(sendMs)}, ${inMs(sendMs)}
        )
        ON CONFLICT (account_id, principal, idempotency_key) DO NOTHING
        RETURNING ${INTENT}
      `),

    find: (key: IntentKey): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`SELECT ${INTENT} FROM intents WHERE ${isIntent(key)}`),

    findByKey: ({
      account_id,
      principal,
      idempotency_key,
    }: Pick<IntentInput, 'account_id' | 'principal' | 'idempotency_key'>): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`
        SELECT ${INTENT} FROM intents
        WHERE account_id = ${account_id} AND principal IS NOT DISTINCT FROM ${principal}
          AND idempotency_key = ${idempotency_key}
      `),

    /** Nothing happened. Does not count as a send; whatever an earlier one may have done stays to be looked for. */
    postpone: (sent: Sent, { retryMs, error }: { retryMs: number; error: Failure }): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = CASE WHEN attempt > 1 THEN 'unknown' ELSE 'pending' END, attempt = attempt - 1,
          not_before = ${inMs(retryMs)}, error = ${toJson(error)}, updated_at = service_now(),
          settle_until = CASE WHEN attempt > 1 THEN service_now() END,
          next_read_at = CASE WHEN attempt > 1 THEN ${inMs(retryMs)} END,
          next_wake_at = CASE WHEN attempt > 1 THEN ${inMs(retryMs)} END
        WHERE ${sentBy(sent)} AND state = 'sending'
      `),

    /** Perhaps it happened. The socket is closed: what does not show `settleMs` from now did not happen. */
    markUnknown: (
      sent: Sent,
      { settleMs, resendable, error }: { settleMs: number; resendable: boolean; error: Failure },
    ): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'unknown', settle_until = ${inMs(settleMs)}, resendable = resendable AND ${resendable},
          error = ${toJson(error)}, next_read_at = service_now(), next_wake_at = ${inMs(settleMs)},
          updated_at = service_now()
        WHERE ${sentBy(sent)} AND state = 'sending'
      `),

    /** The same for it and siblings whose sender was not heard of in time: it crashed, or cannot reach us. */
    markLapsed: async (alike: Alike, { settleMs }: { settleMs: number }): Promise<void> => {
      await database.query(sql.unsafe`
        UPDATE intents SET
          state = 'unknown', settle_until = send_by + ${ms(settleMs)}, next_read_at = service_now(),
          next_wake_at = send_by + ${ms(settleMs)}, updated_at = service_now()
        WHERE (account_id, id) IN (
          SELECT account_id, id FROM intents
          WHERE ${likeThis(alike)} AND state = 'sending' AND send_by <= service_now()
          ORDER BY id FOR UPDATE
        )
      `);
    },

    /** Instagram refused it for good. */
    refuse: (sent: Sent, outcome: Outcome): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'refused', outcome = ${toJson(outcome)}, verify = attempt > 1, not_before = NULL, next_read_at = NULL,
          next_wake_at = CASE WHEN attempt > 1 THEN service_now() END, updated_at = service_now()
        WHERE ${sentBy(sent)} AND state IN ('sending', 'unknown')
      `),

    /**
     * It happened, as its own sender was told, and `store` stores it: one statement, one commit. False where anything is not
     * as it mostly is (another state or fence, the effect stored already): then it takes a transaction to look closer.
     */
    confirmAtOnce: (
      sent: Sent,
      { external_id, outcome, store }: { external_id: string; outcome: Outcome; store: FragmentSqlToken },
    ): Promise<boolean> =>
      change(sql.unsafe`
        WITH stored AS (${store})
        UPDATE intents SET
          state = 'confirmed', external_id = ${external_id}, evidence = 'answer', outcome = ${toJson(outcome)}, error = NULL,
          next_wake_at = NULL, updated_at = service_now()
        WHERE ${sentBy(sent)} AND state = 'sending' AND attempt = 1 AND EXISTS (SELECT FROM stored)
      `),

    /** It happened: from any state, whoever says so with an effect to show. `verifyMs`: to be looked at again then. */
    confirm: (
      key: IntentKey,
      {
        external_id,
        evidence,
        outcome,
        verifyMs,
      }: { external_id: string | null; evidence: 'answer' | 'readback'; outcome: Outcome; verifyMs: number | null },
    ): Promise<IntentRow> =>
      database.one(sql.type(intentRowSchema)`
        UPDATE intents SET
          state = 'confirmed', external_id = ${external_id}, evidence = ${evidence}, outcome = ${toJson(outcome)},
          error = NULL, not_before = NULL, next_read_at = NULL, verify = ${verifyMs !== null},
          next_wake_at = ${verifyMs === null ? sql.fragment`NULL` : inMs(verifyMs)}, updated_at = service_now()
        WHERE ${isIntent(key)}
        RETURNING ${INTENT}
      `),

    /**
     * Sends it once more, where that is allowed: nothing happened (`pending`), or enough looks have found nothing. Counts
     * the send, and raises the fence. Null: not allowed, or somebody else was faster.
     */
    resend: (seen: Sent, sendMs: number): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`
        UPDATE intents SET
          state = 'sending', attempt = attempt + 1, fence = fence + 1, send_by = ${inMs(sendMs)},
          first_attempt_at = CASE WHEN attempt = 0 THEN service_now() ELSE first_attempt_at END,
          settle_until = NULL, not_before = NULL, absent_reads = 0, last_absent_at = NULL, next_read_at = NULL,
          next_wake_at = ${inMs(sendMs)}, updated_at = service_now()
        WHERE ${sentBy(seen)} AND (not_before IS NULL OR not_before <= service_now())
          AND (
            state = 'pending'
            OR state = 'unknown' AND resendable AND attempt < ${SENDS_AT_MOST}
              AND absent_reads >= ${ABSENT_READS_TO_RESEND}
          )
        RETURNING ${INTENT}
      `),

    /**
     * Takes the turn to look for the effect, where one is due; nobody else gets it for `leaseMs`. `began_at` is now by the
     * database's clock, `since` the first send of any sibling that is not settled. Null: not due, taken, or not unknown.
     */
    takeReading: (key: IntentKey, leaseMs: number): Promise<(IntentRow & { began_at: string; since: string }) | null> =>
      database.maybeOne(sql.type(readingTurnSchema)`
        UPDATE intents AS own SET next_read_at = ${inMs(leaseMs)}
        WHERE ${isIntent(key)} AND state = 'unknown' AND next_read_at <= service_now()
        RETURNING ${INTENT}, service_now() AS began_at, (
          SELECT min(alike.first_attempt_at) FROM intents AS alike
          WHERE alike.account_id = own.account_id AND alike.target_id = own.target_id
            AND alike.text_digest = own.text_digest AND alike.state IN ('sending', 'unknown')
        ) AS since
      `),

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

    /** Of these effects, those that an intent has, or that are known as second effects. */
    findTaken: (alike: Alike, externalIds: readonly string[]): Promise<readonly string[]> =>
      database.anyFirst(sql.type(z.strictObject({ external_id: z.string() }))`
        SELECT external_id FROM intents
        WHERE account_id = ${alike.account_id} AND external_id = ANY(${sql.array([...externalIds], 'text')})
        UNION SELECT unnest(second_effects) FROM intents WHERE ${likeThis(alike)} AND second_effects <> '{}'
      `),

    /** Locks, in id order, an intent and whichever holds the effect. */
    lockWithHolder: (key: IntentKey, externalId: string): Promise<readonly IntentRow[]> =>
      database.any(sql.type(intentRowSchema)`
        SELECT ${INTENT} FROM intents
        WHERE account_id = ${key.account_id} AND (id = ${key.id} OR external_id = ${externalId})
        ORDER BY id FOR UPDATE
      `),

    /** The effect it was believed to have had is another's. */
    loseClaim: (key: IntentKey): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'unknown', external_id = NULL, evidence = NULL, outcome = NULL, verify = false, absent_reads = 0,
          last_absent_at = NULL, settle_until = coalesce(settle_until, service_now()),
          next_read_at = service_now(), next_wake_at = service_now(), updated_at = service_now()
        WHERE ${isIntent(key)}
      `),

    /**
     * A look found nothing. `counted`: it began after everything had time to show, and would have found it; then it counts
     * towards another send, unless the one before was too close. `wakeMs`: for background looks, when to look again.
     */
    recordReading: (
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
      return change(sql.unsafe`
        UPDATE intents SET
          absent_reads = absent_reads + CASE WHEN ${counts} THEN 1 ELSE 0 END,
          last_absent_at = CASE WHEN ${counts} THEN ${began_at}::timestamptz ELSE last_absent_at END,
          next_read_at = greatest(${began_at}::timestamptz + ${ms(spacingMs)}, settle_until),
          ${wakeMs === null ? sql.fragment`` : sql.fragment`background_reads = background_reads + 1, next_wake_at = ${inMs(wakeMs)},`}
          updated_at = service_now()
        WHERE ${sentBy(seen)} AND state = 'unknown'
      `);
    },

    /** Lets it rest: nothing may be asked of Instagram for this account until then. */
    snooze: (key: IntentKey, wakeMs: number): Promise<boolean> =>
      change(sql.unsafe`UPDATE intents SET next_wake_at = ${inMs(wakeMs)} WHERE ${isIntent(key)}`),

    /** Nobody will ever know. */
    abandon: (seen: Sent, outcome: Outcome): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'abandoned', outcome = ${toJson(outcome)}, next_read_at = NULL, next_wake_at = NULL,
          updated_at = service_now()
        WHERE ${sentBy(seen)} AND state = 'unknown'
      `),

    /** Remembers effects beyond the one that was wanted, to be taken back. */
    recordSecondEffects: (key: IntentKey, externalIds: readonly string[]): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          second_effects = ARRAY(SELECT DISTINCT unnest(second_effects || ${sql.array([...externalIds], 'text')})),
          verify = true, next_wake_at = coalesce(next_wake_at, service_now()), updated_at = service_now()
        WHERE ${isIntent(key)}
      `),

    /** Takes the turn for the later look at what was sent twice; nobody else gets it for `leaseMs`. Null: it is done with. */
    takeVerification: (key: IntentKey, leaseMs: number): Promise<(IntentRow & { began_at: string }) | null> =>
      database.maybeOne(sql.type(z.strictObject({ ...intentRowSchema.shape, began_at: timestampSchema }))`
        UPDATE intents SET next_wake_at = ${inMs(leaseMs)}, background_reads = background_reads + 1
        WHERE ${isIntent(key)} AND verify
        RETURNING ${INTENT}, service_now() AS began_at
      `),

    /** The later look is done with. */
    finishVerification: (key: IntentKey): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET verify = false, next_wake_at = NULL, updated_at = service_now() WHERE ${isIntent(key)}
      `),

    /** Claims up to `limit` intents that are due, but for those that a worker of their own follows (`publish`). */
    claimDue: (limit: number): Promise<readonly IntentKey[]> =>
      claimDue(database, 'intents', sql.fragment`kind <> 'publish'`, limit),

    /** Forgets up to `limit` intents whose keys are no longer kept; not what is still to be published. Returns how many. */
    deleteExpired: async (limit: number): Promise<number> => {
      const { rowCount } = await database.query(sql.unsafe`
        DELETE FROM intents WHERE (account_id, id) IN (
          SELECT account_id, id FROM intents WHERE created_at < service_now() - interval '30 days'
            AND (kind <> 'publish' OR state NOT IN ('pending', 'sending', 'unknown'))
          ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )
      `);
      return rowCount ?? 0;
    },
  };
};
export type IntentRepository = ReturnType<typeof createIntentRepository>;

const readingTurnSchema = z.strictObject({
  ...intentRowSchema.shape,
  began_at: timestampSchema,
  since: timestampSchema,
});
