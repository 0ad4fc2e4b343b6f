import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { claimDue } from '../database/leases.ts';
import type { WorkKey } from '../wake-ups/turn.ts';

const targetSchema = z.strictObject({ account_id: idSchema, object: z.enum(['comment', 'post']), object_id: idSchema });
/** An object on Instagram that writes set to a value, by our own id. */
export type WriteTarget = z.output<typeof targetSchema>;

const readBackSchema = z.strictObject({ epoch: idSchema, read_at: timestampSchema });
/** A begun read-back. Its result counts while the object still has this `epoch`, and is of `read_at` or later. */
export type ReadBack = z.output<typeof readBackSchema>;

const takenSchema = z.strictObject({ ...targetSchema.shape, ...readBackSchema.shape, age_ms: z.number() });

/** If the process of a read-back dies, the worker repeats the read-back after so long. */
const READ_BACK_LASTS = sql.fragment`interval '1 minute'`;

const isTarget = ({ account_id, object, object_id }: WriteTarget) =>
  sql.fragment`account_id = ${account_id} AND object = ${object} AND object_id = ${object_id}`;
const isKey = ({ account_id, id }: WorkKey) => sql.fragment`account_id = ${account_id} AND id = ${id}`;
const afterMs = (ms: number) => sql.fragment`service_now() + make_interval(secs => ${ms / 1_000})`;

/**
 * The `open_writes` table: which objects have an unfinished write, and who may store its result. Every write and every
 * read-back takes a new epoch, so whoever began earlier can no longer store anything.
 */
export const createOpenWriteRepository = (database: CommonQueryMethods) => {
  const isDone = async (statement: ReturnType<typeof sql.unsafe>): Promise<boolean> =>
    (await database.query(statement)).rowCount === 1;

  return {
    /** Begins a write, whose effect shows within `lastsMs` or never. Gives its epoch. */
    begin: (target: WriteTarget, { lastsMs }: { lastsMs: number }): Promise<number> =>
      database.oneFirst(sql.type(z.strictObject({ epoch: idSchema }))`
        INSERT INTO open_writes AS known (account_id, id, object, object_id, epoch, begun, ends_by, next_wake_at)
        SELECT ${target.account_id}::int8, epoch, ${target.object}, ${target.object_id}::int8, epoch, ARRAY[epoch],
          ends_by, ends_by
        FROM (SELECT next_row_id(${target.account_id}) AS epoch, ${afterMs(lastsMs)} AS ends_by) AS write
        ON CONFLICT (account_id, object, object_id) DO UPDATE SET
          epoch = excluded.epoch, overlapped = true,
          begun = CASE WHEN known.ends_by <= service_now() THEN '{}' ELSE known.begun END || excluded.begun,
          ends_by = greatest(known.ends_by, excluded.ends_by),
          next_wake_at = greatest(known.ends_by, excluded.ends_by)
        RETURNING epoch
      `),

    /** Ends a write that overlapped with no other. False, with nothing changed: it overlapped. */
    endAlone: (target: WriteTarget, epoch: number): Promise<boolean> =>
      isDone(sql.unsafe`
        DELETE FROM open_writes WHERE ${isTarget(target)} AND epoch = ${epoch} AND NOT overlapped
      `),

    /** Ends a write without a read-back: the write that ends last does it; if this is the last, the worker does it now. */
    leave: async (target: WriteTarget, epoch: number): Promise<void> => {
      await database.query(sql.unsafe`
        UPDATE open_writes SET
          begun = array_remove(begun, ${epoch}::int8),
          next_wake_at = CASE WHEN begun <@ ARRAY[${epoch}::int8] THEN service_now() ELSE next_wake_at END
        WHERE ${isTarget(target)}
      `);
    },

    /** Begins a read-back, and ends the write `ended`. Null: the write stays open, because its effect is in doubt. */
    beginReadBack: (target: WriteTarget, ended: number | null): Promise<ReadBack> =>
      database.one(sql.type(readBackSchema)`
        INSERT INTO open_writes AS known (
          account_id, id, object, object_id, epoch, overlapped, begun, ends_by, next_wake_at
        )
        SELECT ${target.account_id}::int8, epoch, ${target.object}, ${target.object_id}::int8, epoch, true, '{}',
          service_now(), service_now() + ${READ_BACK_LASTS}
        FROM (SELECT next_row_id(${target.account_id}) AS epoch) AS read_back
        ON CONFLICT (account_id, object, object_id) DO UPDATE SET
          epoch = excluded.epoch, overlapped = true,
          begun = CASE
            WHEN known.ends_by <= service_now() THEN '{}' ELSE array_remove(known.begun, ${ended}::int8)
          END
        RETURNING epoch, service_now() AS read_at
      `),

    /** The same for the worker, once no begun write can still take effect. Null: it is too early, or nothing is open. */
    takeReadBack: (key: WorkKey): Promise<z.output<typeof takenSchema> | null> =>
      database.maybeOne(sql.type(takenSchema)`
        UPDATE open_writes SET epoch = next_row_id(account_id), overlapped = true, begun = '{}'
        WHERE ${isKey(key)} AND (begun = '{}' OR ends_by <= service_now())
        RETURNING account_id, object, object_id, epoch, service_now() AS read_at,
          extract(epoch FROM service_now() - begun_at)::float8 * 1000 AS age_ms
      `),

    /** Whether no other write or read-back has begun since. Locks the row: none begins until this transaction ends. */
    isCurrent: (target: WriteTarget, epoch: number): Promise<boolean> =>
      database.exists(sql.unsafe`
        SELECT FROM open_writes WHERE ${isTarget(target)} AND epoch = ${epoch} FOR UPDATE
      `),

    /** Forgets the object, unless a write is still open. */
    forgetIfOver: async (target: WriteTarget): Promise<void> => {
      await database.query(sql.unsafe`DELETE FROM open_writes WHERE ${isTarget(target)} AND begun = '{}'`);
    },

    /** Forgets the object, even if a write is still open. */
    forget: async (key: WorkKey): Promise<void> => {
      await database.query(sql.unsafe`DELETE FROM open_writes WHERE ${isKey(key)}`);
    },

    /** Wakes the worker only after `wakeMs`. */
    snooze: async (key: WorkKey, wakeMs: number): Promise<void> => {
      await database.query(sql.unsafe`UPDATE open_writes SET next_wake_at = ${afterMs(wakeMs)} WHERE ${isKey(key)}`);
    },

    /** Claims up to `limit` objects whose read-back is due. */
    claimDue: (limit: number): Promise<readonly WorkKey[]> =>
      claimDue(database, 'open_writes', sql.fragment`true`, limit),
  };
};
export type OpenWriteRepository = ReturnType<typeof createOpenWriteRepository>;
