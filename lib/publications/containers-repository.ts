import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import { jsonb } from '../database/jsonb.ts';
import { hasKey } from '../database/leases.ts';
import type { Failure } from '../failure.ts';
import type { WorkKey } from '../wake-ups/turn.ts';
import type { Container } from './schema.ts';

const isPart = (part: number | null) => sql.fragment`part IS NOT DISTINCT FROM ${part}::int2`;

/** The `containers` table: every container of a publication, also those that were replaced. */
export const createContainerRepository = (database: CommonQueryMethods) => ({
  /**
   * Remembers that a container is about to be made, so that it counts against the quota whatever happens to the call.
   * Gives its id here.
   */
  reserve: (publication: WorkKey, part: number | null): Promise<number> =>
    database.oneFirst(sql.type(z.strictObject({ id: idSchema }))`
      INSERT INTO containers (account_id, id, publication_id, part)
      VALUES (${publication.account_id}, next_row_id(${publication.account_id}), ${publication.id}, ${part})
      RETURNING id
    `),

  recordMade: async (key: WorkKey, instagram_id: string): Promise<void> => {
    await database.query(sql.unsafe`UPDATE containers SET instagram_id = ${instagram_id} WHERE ${hasKey(key)}`);
  },

  /** Records a read of its status. `error`: why Instagram failed to prepare it. */
  recordStatus: async (
    key: WorkKey,
    { status_code, error = null }: { status_code: Container['status_code']; error?: Failure | null },
  ): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE containers SET
        status_code = ${status_code}, error = ${jsonb(error)}, looks = looks + 1, looked_at = service_now()
      WHERE ${hasKey(key)}
    `);
  },

  /** Remembers why Instagram refused a container, or failed to prepare it. */
  recordError: async (key: WorkKey, error: Failure): Promise<void> => {
    await database.query(sql.unsafe`UPDATE containers SET error = ${jsonb(error)} WHERE ${hasKey(key)}`);
  },

  /** The publication no longer uses it: another takes its place. */
  giveUp: async (key: WorkKey): Promise<void> => {
    await database.query(sql.unsafe`UPDATE containers SET live = false WHERE ${hasKey(key)}`);
  },

  /** How many containers of a publication, or of one part of it, have failed so far. */
  countFailed: (publication: WorkKey, part: number | null): Promise<number> =>
    database.oneFirst(sql.type(z.strictObject({ count: z.int() }))`
      SELECT count(*) FROM containers
      WHERE account_id = ${publication.account_id} AND publication_id = ${publication.id} AND ${isPart(part)}
        AND error IS NOT NULL
    `),
});
