import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { jsonb } from '../database/jsonb.ts';

const metricsSchema = z.record(z.string(), z.number());
const daySchema = z.strictObject({ day: z.string(), metrics: metricsSchema.nullable() });
export type DayFigures = z.output<typeof daySchema>;

/** A day as `YYYY-MM-DD`, whatever the session's date style is. */
const dayText = sql.fragment`to_char(day, 'YYYY-MM-DD') AS day`;

/** The `account_figures` table. Days are of UTC, `YYYY-MM-DD`. */
export const createFiguresRepository = (database: CommonQueryMethods) => ({
  /** Stores what is known of a day; what was stored of it before stays, where this says nothing of it. */
  store: async (accountId: number, day: string, metrics: Readonly<Record<string, number>>): Promise<void> => {
    await database.query(sql.unsafe`
      INSERT INTO account_figures AS stored (account_id, day, metrics)
      VALUES (${accountId}, ${day}::date, ${jsonb(metrics)})
      ON CONFLICT (account_id, day) DO UPDATE SET metrics = stored.metrics || excluded.metrics, captured_at = service_now()
    `);
  },

  /** Of the last `days` whole days, those of which nothing is stored, newest first. */
  listMissing: (accountId: number, days: number): Promise<readonly string[]> =>
    database.anyFirst(sql.type(z.strictObject({ day: z.string() }))`
      SELECT ${dayText} FROM (
        SELECT (service_now() AT TIME ZONE 'UTC')::date - n AS day FROM generate_series(1, ${days}::int) AS n
      ) AS days
      WHERE NOT EXISTS (SELECT FROM account_figures AS stored WHERE account_id = ${accountId} AND stored.day = days.day)
      ORDER BY days.day DESC
    `),

  /** Every day from `since` to `until`, oldest first; null: nothing is stored of it. */
  list: (accountId: number, { since, until }: { since: string; until: string }): Promise<readonly DayFigures[]> =>
    database.any(sql.type(daySchema)`
      SELECT to_char(days.day, 'YYYY-MM-DD') AS day, metrics
      FROM generate_series(${since}::date, ${until}::date, interval '1 day') AS days (day)
      LEFT JOIN account_figures AS stored ON account_id = ${accountId} AND stored.day = days.day::date
      ORDER BY days.day
    `),
});
export type FiguresRepository = ReturnType<typeof createFiguresRepository>;
