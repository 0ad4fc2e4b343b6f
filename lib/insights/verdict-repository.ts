import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import type { Surface } from './catalogue.ts';

/** A kind of objects: Instagram gives and refuses all of them the same metrics. */
export interface Kind {
  account_id: number;
  /** As `v25.0`: other versions refuse other metrics. */
  graph_version: string;
  surface: Surface;
  /** Empty for the account itself. */
  media_type: string;
}

/** `as_total`: refused at first, and then given with `metric_type=total_value`. */
export type Verdict = 'refused' | 'given' | 'as_total';

const knownSchema = z.strictObject({
  metric: z.string(),
  /** Refused for this object. */
  refused_here: z.boolean(),
  /** For how many objects of the kind it was refused. */
  refusals: z.int(),
  /** One of these refusals is less than a day old. */
  refused_lately: z.boolean(),
  /** The object of the kind for which Instagram gave it last; null: for none. */
  giver: z.string().nullable(),
  /** That is less than a day ago. */
  given_lately: z.boolean(),
  as_total: z.boolean(),
});
/** What is known of a metric for a kind of objects. */
export type KnownMetric = z.output<typeof knownSchema>;

/** After so long a refused metric is tried again: Instagram has brought some back. */
const REFUSED_DAYS = 7;
/** Longer than a refusal: so a metric that Instagram gives for some objects is never taken for one that it gives for none. */
const GIVEN_DAYS = 15;

const ofKind = ({ account_id, graph_version, surface, media_type }: Kind) => sql.fragment`
  account_id = ${account_id} AND graph_version = ${graph_version} AND surface = ${surface} AND media_type = ${media_type}`;
const EXPIRY = sql.fragment`
  make_interval(days => CASE verdict WHEN 'given' THEN ${GIVEN_DAYS}::int ELSE ${REFUSED_DAYS}::int END)`;

/** The `metric_verdicts` table. */
export const createVerdictRepository = (database: CommonQueryMethods) => ({
  /** What is known of the metrics of a kind; metrics of which nothing is known are left out. */
  list: (kind: Kind, instagramId: string): Promise<readonly KnownMetric[]> =>
    database.any(sql.type(knownSchema)`
      SELECT metric,
        bool_or(verdict = 'refused' AND instagram_id = ${instagramId}) AS refused_here,
        count(*) FILTER (WHERE verdict = 'refused') AS refusals,
        bool_or(verdict = 'refused' AND at > service_now() - interval '1 day') AS refused_lately,
        (array_agg(instagram_id ORDER BY at DESC) FILTER (WHERE verdict = 'given'))[1] AS giver,
        bool_or(verdict = 'given' AND at > service_now() - interval '1 day') AS given_lately,
        bool_or(verdict = 'as_total') AS as_total
      FROM metric_verdicts WHERE ${ofKind(kind)} AND at > service_now() - ${EXPIRY}
      GROUP BY metric
    `),

  /** Notes what Instagram said just now about an object's metrics. */
  record: async (kind: Kind, instagramId: string, verdicts: Readonly<Record<string, Verdict>>): Promise<void> => {
    const rows = Object.entries(verdicts).sort(([one], [other]) => (one < other ? -1 : 1));
    if (rows.length === 0) return;
    await database.query(sql.unsafe`
      INSERT INTO metric_verdicts (account_id, graph_version, surface, media_type, metric, instagram_id, verdict, at)
      SELECT ${kind.account_id}::int8, ${kind.graph_version}, ${kind.surface}, ${kind.media_type}, metric,
        ${instagramId}, verdict, service_now()
      FROM ${sql.unnest(rows, ['text', 'text'])} AS found (metric, verdict)
      ON CONFLICT (account_id, graph_version, surface, media_type, metric, instagram_id)
      DO UPDATE SET verdict = excluded.verdict, at = excluded.at
    `);
  },
});
export type VerdictRepository = ReturnType<typeof createVerdictRepository>;
