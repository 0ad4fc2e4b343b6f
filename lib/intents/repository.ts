import { type CommonQueryMethods, type FragmentSqlToken, sql } from 'slonik';
import { jsonb } from '../database/jsonb.ts';
import { claimDue } from '../database/leases.ts';
import type { Failure } from '../failure.ts';
import { ABSENT_READS_TO_RESEND, FIRST_SEND, MAX_SENDS } from './decide.ts';
import { type IntentInput, type IntentKey, type IntentRow, intentRowSchema, type Outcome } from './schema.ts';

/** An intent and the fence it was sent with. */
export type Sent = Pick<IntentRow, 'account_id' | 'id' | 'fence'>;
/** What makes intents siblings: their effects cannot be told apart. */
export type Alike = Pick<IntentRow, 'account_id' | 'target_id' | 'text_digest'>;

type Moment = 'first_attempt_at' | 'send_by' | 'settle_until' | 'next_read_at' | 'not_before';
const msUntil = (column: Moment) =>
  sql.fragment`extract(epoch FROM ${sql.identifier([column])} - service_now())::float8 * 1000`;
/** The columns of an `IntentRow`. */
export const INTENT = sql.fragment`
  account_id, id, kind, target_id, post_id, parent_id, text, text_digest, state, attempt, fence, first_attempt_at,
  send_by, settle_until, resendable, absent_reads, background_reads, external_id, evidence, verify, second_effects,
  request_hash, outcome, error, -${msUntil('first_attempt_at')} AS first_attempt_age_ms,
  ${msUntil('send_by')} AS send_in_ms, ${msUntil('settle_until')} AS settle_in_ms,
  ${msUntil('next_read_at')} AS read_in_ms, ${msUntil('not_before')} AS retry_in_ms`;

export const ms = (value: number) => sql.fragment`make_interval(secs => ${value / 1_000})`;
export const inMs = (value: number) => sql.fragment`service_now() + ${ms(value)}`;
export const isIntent = ({ account_id, id }: IntentKey) => sql.fragment`account_id = ${account_id} AND id = ${id}`;
export const likeThis = ({ account_id, target_id, text_digest }: Alike) =>
  sql.fragment`account_id = ${account_id} AND target_id = ${target_id} AND text_digest = ${text_digest}`;
const isOneOf = (kinds: readonly string[]) => sql.fragment`kind = ANY(${sql.array([...kinds], 'text')})`;
/** Guard: nobody has sent it since. Only the last sender may record that a send had no effect. */
export const sentBy = (sent: Sent) => sql.fragment`${isIntent(sent)} AND fence = ${sent.fence}`;

/** Runs a statement about one row; true when its guard let it change the row. */
export const changing =
  (database: CommonQueryMethods) =>
  async (statement: ReturnType<typeof sql.unsafe>): Promise<boolean> =>
    (await database.query(statement)).rowCount === 1;

/** The `intents` table: each method one transition, guarded by the state it starts from. The database's clock decides. */
export const createIntentRepository = (database: CommonQueryMethods) => {
  const change = changing(database);

  return {
    /**
     * Accepts a request. `sendMs`: it is about to be sent, within so long; null: its own worker sends it later (`resend`).
     * Null: its key is taken.
     */
    accept: (input: IntentInput, sendMs: number | null): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`
        INSERT INTO intents (
          account_id, id, kind, target_id, post_id, parent_id, text, text_digest, principal, idempotency_key,
          request_hash, state, attempt, send_by, next_wake_at
        ) VALUES (
          ${input.account_id}, next_row_id(${input.account_id}), ${input.kind}, ${input.target_id}, ${input.post_id},
          ${input.parent_id}, ${input.text}, ${input.text_digest}, ${input.principal}, ${input.idempotency_key},
          ${input.request_hash}, ${
            sendMs === null
              ? sql.fragment`'pending', 0, service_now(), NULL`
              : sql.fragment`'sending', ${FIRST_SEND}, ${inMs(sendMs)}, ${inMs(sendMs)}`
          }
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

    /**
     * The send had no effect, and does not count. Where an earlier send may have had one, the intent is unknown again.
     */
    postpone: (sent: Sent, { retryMs, error }: { retryMs: number; error: Failure }): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = CASE WHEN attempt > ${FIRST_SEND} THEN 'unknown' ELSE 'pending' END, attempt = attempt - 1,
          not_before = ${inMs(retryMs)}, error = ${jsonb(error)}, updated_at = service_now(),
          settle_until = CASE WHEN attempt > ${FIRST_SEND} THEN service_now() END,
          next_read_at = CASE WHEN attempt > ${FIRST_SEND} THEN ${inMs(retryMs)} END,
          next_wake_at = CASE WHEN attempt > ${FIRST_SEND} THEN ${inMs(retryMs)} END
        WHERE ${sentBy(sent)} AND state = 'sending'
      `),

    /** The send may have had an effect. Its socket is closed: an effect shows within `settleMs`. */
    markUnknown: (
      sent: Sent,
      { settleMs, resendable, error }: { settleMs: number; resendable: boolean; error: Failure },
    ): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'unknown', settle_until = ${inMs(settleMs)}, resendable = resendable AND ${resendable},
          error = ${jsonb(error)}, next_read_at = service_now(), next_wake_at = ${inMs(settleMs)},
          updated_at = service_now()
        WHERE ${sentBy(sent)} AND state = 'sending'
      `),

    /**
     * The same for an intent and its siblings whose senders recorded nothing in time: they crashed, or do not reach the
     * database.
     */
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

    /** Ends an intent that was never sent, and is not wanted any more. False: it may have been sent. */
    withdraw: (key: IntentKey, outcome: Outcome): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'refused', outcome = ${jsonb(outcome)}, not_before = NULL, next_wake_at = NULL,
          updated_at = service_now()
        WHERE ${isIntent(key)} AND state = 'pending' AND attempt = 0
      `),

    /** Frees the client's key of a refused intent: the same request under the same key makes a new one. */
    releaseKey: (key: IntentKey): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET principal = NULL, idempotency_key = gen_random_uuid()::text, updated_at = service_now()
        WHERE ${isIntent(key)} AND state = 'refused'
      `),

    /** Instagram refused it for good. `verify`: an effect of an earlier send is to be looked for, and taken back. */
    refuse: (sent: Sent, outcome: Outcome, { verify }: { verify: boolean }): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'refused', outcome = ${jsonb(outcome)}, verify = ${verify}, not_before = NULL, next_read_at = NULL,
          next_wake_at = ${verify ? sql.fragment`service_now()` : sql.fragment`NULL`}, updated_at = service_now()
        WHERE ${sentBy(sent)} AND state IN ('sending', 'unknown')
      `),

    /**
     * Confirms it by its sender's own answer, and stores its effect by `store`: one statement, one commit. False, with
     * nothing written, where the row is not as usual (another state or fence, the effect stored already): a transaction
     * then finds out why.
     */
    confirmAtOnce: (
      sent: Sent,
      { external_id, outcome, store }: { external_id: string; outcome: Outcome; store: FragmentSqlToken },
    ): Promise<boolean> =>
      change(sql.unsafe`
        WITH stored AS (${store})
        UPDATE intents SET
          state = 'confirmed', external_id = ${external_id}, evidence = 'answer', outcome = ${jsonb(outcome)}, error = NULL,
          next_wake_at = NULL, updated_at = service_now()
        WHERE ${sentBy(sent)} AND state = 'sending' AND attempt = ${FIRST_SEND} AND EXISTS (SELECT FROM stored)
      `),

    /** Confirms it by an effect, from any state. `verifyMs`: when to read back once more; null: never. */
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
          state = 'confirmed', external_id = ${external_id}, evidence = ${evidence}, outcome = ${jsonb(outcome)},
          error = NULL, not_before = NULL, next_read_at = NULL, verify = ${verifyMs !== null},
          next_wake_at = ${verifyMs === null ? sql.fragment`NULL` : inMs(verifyMs)}, updated_at = service_now()
        WHERE ${isIntent(key)}
        RETURNING ${INTENT}
      `),

    /**
     * Takes the send for the caller, where `decide` allows it: it had no effect yet (`pending`), or enough read-backs
     * were absent. Counts the send, and raises the fence; its effect may be read back as often as that of the first. Null: not
     * allowed any more, or another was faster.
     */
    resend: (seen: Sent, { sendMs, target_id }: { sendMs: number; target_id: string }): Promise<IntentRow | null> =>
      database.maybeOne(sql.type(intentRowSchema)`
        UPDATE intents SET
          state = 'sending', target_id = ${target_id}, attempt = attempt + 1, fence = fence + 1,
          send_by = ${inMs(sendMs)},
          first_attempt_at = CASE WHEN attempt = 0 THEN service_now() ELSE first_attempt_at END,
          settle_until = NULL, not_before = NULL, absent_reads = 0, last_absent_at = NULL, next_read_at = NULL,
          background_reads = 0, next_wake_at = ${inMs(sendMs)}, updated_at = service_now()
        WHERE ${sentBy(seen)} AND (not_before IS NULL OR not_before <= service_now())
          AND (
            state = 'pending'
            OR state = 'unknown' AND resendable AND attempt < ${MAX_SENDS}
              AND absent_reads >= ${ABSENT_READS_TO_RESEND}
          )
        RETURNING ${INTENT}
      `),

    /** Wakes it in `wakeMs` and not before: the account is quiet. */
    snooze: (key: IntentKey, wakeMs: number): Promise<boolean> =>
      change(sql.unsafe`UPDATE intents SET next_wake_at = ${inMs(wakeMs)} WHERE ${isIntent(key)}`),

    /** Ends an intent whose outcome nobody will ever know. */
    abandon: (seen: Sent, outcome: Outcome): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET
          state = 'abandoned', outcome = ${jsonb(outcome)}, next_read_at = NULL, next_wake_at = NULL,
          updated_at = service_now()
        WHERE ${sentBy(seen)} AND state = 'unknown'
      `),

    /** Ends the later read-back, unless a late answer has told of another second effect than these. */
    finishVerification: (key: IntentKey, secondEffects: readonly string[]): Promise<boolean> =>
      change(sql.unsafe`
        UPDATE intents SET verify = false, next_wake_at = NULL, updated_at = service_now()
        WHERE ${isIntent(key)} AND second_effects <@ ${sql.array([...secondEffects], 'text')}
      `),

    /** Claims up to `limit` intents of these kinds that are due. Index: `intents_due`. */
    claimDue: (kinds: readonly string[], limit: number): Promise<readonly IntentKey[]> =>
      claimDue(database, 'intents', isOneOf(kinds), limit),

    /**
     * Deletes up to `limit` intents that are older than the 30 days for which keys are kept, and gives their number.
     * Intents of other kinds than these must have ended: their workers may still send them.
     */
    deleteExpired: async (kinds: readonly string[], limit: number): Promise<number> => {
      const { rowCount } = await database.query(sql.unsafe`
        DELETE FROM intents WHERE (account_id, id) IN (
          SELECT account_id, id FROM intents WHERE created_at < service_now() - interval '30 days'
            AND (${isOneOf(kinds)} OR state NOT IN ('pending', 'sending', 'unknown'))
          ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )
      `);
      return rowCount ?? 0;
    },
  };
};
