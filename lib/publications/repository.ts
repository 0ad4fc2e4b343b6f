import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { idSchema } from '../contract.ts';
import type { AccountScope } from '../database/account-scope.ts';
import { jsonb } from '../database/jsonb.ts';
import {
  claimDue,
  leaseEnded,
  leaseExtended,
  leaseIsFree,
  leaseReleased,
  leaseTaken,
  resumesInMs,
  seconds,
} from '../database/leases.ts';
import { pageById } from '../database/page-by-id.ts';
import type { Failure } from '../failure.ts';
import type { PageById } from '../pagination.ts';
import type { Delay, Lease, WorkKey } from '../wake-ups/turn.ts';
import type { PublicationKind } from './body.ts';
import { type FirstComment, type PublicationRequest, type PublicationRow, publicationRowSchema } from './schema.ts';

/** A new publication. */
export interface PublicationInput {
  account_id: number;
  kind: PublicationKind;
  request: PublicationRequest;
  caption: string | null;
  first_comment: string | null;
  /** ISO 8601; null: at once. */
  scheduled_at: string | null;
  containers_needed: number;
  intent_id: number;
}

const PUBLICATION = sql.fragment`
  publications.account_id, publications.id, kind, status, request, caption, first_comment, scheduled_at, intent_id, media_id,
  post_id, permalink, published_at, extract(epoch FROM service_now() - published_at)::float8 * 1000 AS published_age_ms,
  mirrored, comment, publications.error, (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', own.id, 'part', own.part, 'instagram_id', own.instagram_id, 'status_code', own.status_code,
      'error', own.error, 'status_reads', own.looks,
      'age_ms', extract(epoch FROM service_now() - own.created_at) * 1000
    ) ORDER BY own.part NULLS FIRST), '[]')
    FROM containers AS own
    WHERE own.account_id = publications.account_id AND own.publication_id = publications.id AND own.live
  ) AS containers, extract(epoch FROM service_now() - due_at)::float8 * 1000 AS overdue_ms, lease_epoch, attempts,
  throttles, ${resumesInMs}, publications.created_at`;

const keyOf = ({ account_id, id }: WorkKey) =>
  sql.fragment`publications.account_id = ${account_id} AND publications.id = ${id}`;
/** Not closed: there may be work left, also for one that is published. */
const isOpen = sql.fragment`next_wake_at IS NOT NULL AND status NOT IN ('failed', 'unknown', 'cancelled')`;
/** Guard: nobody has taken the lease since, and nobody has closed the row. */
const leased = (lease: Lease) => sql.fragment`${keyOf(lease)} AND lease_epoch = ${lease.lease_epoch} AND ${isOpen}`;
const touched = sql.fragment`updated_at = service_now()`;

const publicationWithNowSchema = z.strictObject({ ...publicationRowSchema.shape, now: z.iso.datetime() });

/** Assignments that cancel a publication; whoever has the lease loses it. */
const CANCELLED = sql.fragment`status = 'cancelled', error = NULL, ${leaseEnded}, ${touched}`;

/** The `publications` table. The database's clock decides about leases and due times, everywhere. */
export const createPublicationRepository = (database: CommonQueryMethods) => ({
  insert: (input: PublicationInput): Promise<PublicationRow> => {
    const due = sql.fragment`coalesce(${input.scheduled_at}::timestamptz, service_now())`;
    return database.one(sql.type(publicationRowSchema)`
      INSERT INTO publications (
        account_id, id, kind, status, request, caption, first_comment, scheduled_at, due_at, containers_needed, intent_id,
        resumes_at, next_wake_at
      ) VALUES (
        ${input.account_id}, next_row_id(${input.account_id}), ${input.kind},
        ${input.scheduled_at === null ? 'queued' : 'scheduled'}, ${jsonb(input.request)}, ${input.caption},
        ${input.first_comment}, ${input.scheduled_at}::timestamptz, ${due}, ${input.containers_needed}, ${input.intent_id},
        ${input.scheduled_at}::timestamptz, ${due}
      )
      RETURNING ${PUBLICATION}
    `);
  },

  /** One publication of any of the accounts, or null. */
  find: (scope: AccountScope, id: number): Promise<PublicationRow | null> =>
    database.maybeOne(sql.type(publicationRowSchema)`
      SELECT ${PUBLICATION} FROM publications
      WHERE publications.account_id IN (${scope}) AND publications.id = ${id}
    `),

  /** The publication an intent is for, and now by the database's clock. */
  findByIntent: ({
    account_id,
    id,
  }: {
    account_id: number;
    id: number;
  }): Promise<(PublicationRow & { now: string }) | null> =>
    database.maybeOne(sql.type(publicationWithNowSchema)`
      SELECT ${PUBLICATION}, service_now() AS now FROM publications
      WHERE publications.account_id = ${account_id} AND intent_id = ${id}
    `),

  /** Locks the publication an intent is for: every write to both takes it first. */
  lockByIntent: async ({ account_id, id }: { account_id: number; id: number }): Promise<void> => {
    await database.query(sql.unsafe`
      SELECT FROM publications WHERE account_id = ${account_id} AND intent_id = ${id} FOR UPDATE
    `);
  },

  /** Up to `limit` publications of an account in the position's direction; by id, which grows with every one. */
  list: (page: PageById): Promise<readonly PublicationRow[]> =>
    database.any(
      sql.type(publicationRowSchema)`SELECT ${PUBLICATION} FROM publications ${pageById('publications', page)}`,
    ),

  /** Cancels a publication that nothing was done for yet; whoever has the lease loses it. Null: too late. */
  cancel: (key: WorkKey): Promise<PublicationRow | null> =>
    database.maybeOne(sql.type(publicationRowSchema)`
      UPDATE publications SET ${CANCELLED}
      WHERE ${keyOf(key)} AND status IN ('scheduled', 'queued')
      RETURNING ${PUBLICATION}
    `),

  /** Those of an account that nothing was published for yet, locked. */
  lockUnpublished: (account_id: number): Promise<readonly { id: number; intent_id: number | null }[]> =>
    database.any(sql.type(z.strictObject({ id: idSchema, intent_id: idSchema.nullable() }))`
      SELECT id, intent_id FROM publications
      WHERE account_id = ${account_id} AND status IN ('scheduled', 'queued', 'processing') AND next_wake_at IS NOT NULL
      ORDER BY id FOR UPDATE
    `),

  /** Cancels one that is locked. */
  cancelLocked: async (key: WorkKey): Promise<void> => {
    await database.query(sql.unsafe`UPDATE publications SET ${CANCELLED} WHERE ${keyOf(key)}`);
  },

  /** Takes the lease where it is free and the row is due, and counts the attempt. Null: leased, waiting, or closed. */
  takeLease: (key: WorkKey, leaseSeconds: number): Promise<PublicationRow | null> =>
    database.maybeOne(sql.type(publicationRowSchema)`
      UPDATE publications SET ${leaseTaken(leaseSeconds)}
      WHERE ${keyOf(key)} AND ${isOpen} AND ${leaseIsFree}
      RETURNING ${PUBLICATION}
    `),

  extendLease: (lease: Lease, leaseSeconds: number): Promise<PublicationRow | null> =>
    database.maybeOne(sql.type(publicationRowSchema)`
      UPDATE publications SET ${leaseExtended(leaseSeconds)} WHERE ${leased(lease)} RETURNING ${PUBLICATION}
    `),

  release: async (lease: Lease, { delaySeconds, reason, error = null }: Delay): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE publications SET error = ${jsonb(error)}, ${leaseReleased({ delaySeconds, reason })}, ${touched}
      WHERE ${leased(lease)}
    `);
  },

  /** Moves on to the next status. */
  setStatus: (lease: Lease, status: 'queued' | 'processing' | 'publishing'): Promise<PublicationRow> =>
    database.one(sql.type(publicationRowSchema)`
      UPDATE publications SET status = ${status}, error = NULL, ${touched}
      WHERE ${leased(lease)}
      RETURNING ${PUBLICATION}
    `),

  /** Records progress: earlier attempts and errors no longer count. */
  recordProgress: async (lease: Lease): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE publications SET attempts = 0, throttles = 0, error = NULL, ${touched} WHERE ${leased(lease)}
    `);
  },

  /** Records that it was published, whoever has the lease and whatever the status was. The follow-up work is due. */
  markPublished: async (
    key: WorkKey,
    {
      media_id,
      permalink,
      published_at,
    }: { media_id: string | null; permalink: string | null; published_at: string | null },
  ): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE publications SET
        status = 'published', media_id = ${media_id}, permalink = coalesce(${permalink}, permalink),
        post_id = (SELECT id FROM posts WHERE account_id = ${key.account_id} AND instagram_id = ${media_id}),
        published_at = coalesce(${published_at}::timestamptz, published_at, date_trunc('second', service_now())),
        error = NULL, attempts = 0, throttles = 0, next_wake_at = coalesce(next_wake_at, service_now()), ${touched}
      WHERE ${keyOf(key)}
    `);
  },

  /** Records that its post was read from Instagram, or is left to the next sync. */
  markMirrored: async (lease: Lease, { permalink }: { permalink: string | null }): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE publications SET
        mirrored = true, permalink = coalesce(${permalink}, permalink), attempts = 0, throttles = 0, error = NULL, ${touched}
      WHERE ${leased(lease)}
    `);
  },

  recordComment: async (lease: Lease, comment: FirstComment): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE publications SET comment = ${jsonb(comment)}, ${touched} WHERE ${leased(lease)}
    `);
  },

  /** Closes a publication that was not published. Null: it was, or the lease is lost. */
  finish: (lease: Lease, status: 'failed' | 'unknown', error: Failure): Promise<PublicationRow | null> =>
    database.maybeOne(sql.type(publicationRowSchema)`
      UPDATE publications SET status = ${status}, error = ${jsonb(error)}, ${leaseEnded}, ${touched}
      WHERE ${leased(lease)} AND status <> 'published'
      RETURNING ${PUBLICATION}
    `),

  /** Closes a published one: its follow-up work is done, or dropped. */
  close: async (lease: Lease): Promise<void> => {
    await database.query(sql.unsafe`
      UPDATE publications SET error = NULL, ${leaseEnded}, ${touched} WHERE ${leased(lease)} AND status = 'published'
    `);
  },

  /** Until the transaction ends, no other publication of the account can reserve a place in its quota. */
  lockQuota: async (account_id: number): Promise<void> => {
    await database.query(sql.unsafe`SELECT FROM accounts WHERE id = ${account_id} FOR NO KEY UPDATE`);
  },

  /** How much of the account's quotas our own publications use, `publication_id` left out. */
  countUse: (
    account_id: number,
    { windowSeconds, publication_id }: { windowSeconds: number; publication_id: number | null },
  ): Promise<QuotaUse> => {
    const own = sql.fragment`account_id = ${account_id} AND id IS DISTINCT FROM ${publication_id}::int8`;
    const window = seconds(windowSeconds);
    const published = sql.fragment`FROM publications WHERE ${own} AND published_at > service_now() - ${window}`;
    const made = sql.fragment`
      FROM containers WHERE account_id = ${account_id} AND created_at > service_now() - interval '1 day'`;
    return database.one(sql.type(quotaUseSchema)`
      SELECT
        (SELECT count(*) ${published}) AS published,
        (SELECT count(*) ${published} AND published_at > service_now() - interval '5 minutes') AS lately,
        (SELECT count(*) FROM publications WHERE ${own} AND status IN ('queued', 'processing', 'publishing')) AS reserved,
        (SELECT count(*) ${made}) AS containers,
        (
          SELECT coalesce(sum(containers_needed), 0)::int8 FROM publications WHERE ${own} AND status = 'queued'
        ) AS containers_reserved,
        (
          SELECT extract(epoch FROM min(published_at) + ${window} - service_now())::float8 ${published}
        ) AS published_leaves_in,
        (
          SELECT extract(epoch FROM min(created_at) + interval '1 day' - service_now())::float8 ${made}
        ) AS container_leaves_in
    `);
  },

  /** Claims up to `limit` publications that are due. */
  claimDue: (limit: number): Promise<readonly WorkKey[]> =>
    claimDue(database, 'publications', sql.fragment`true`, limit),
});
export type PublicationRepository = ReturnType<typeof createPublicationRepository>;

const quotaUseSchema = z.strictObject({
  /** Within the window, and within the last minutes, which Instagram's own figure may not show yet. */
  published: z.int(),
  lately: z.int(),
  /** Under way. */
  reserved: z.int(),
  /** Made within a day, and still to be made for queued publications. */
  containers: z.int(),
  containers_reserved: z.int(),
  /** Seconds until the oldest of each no longer counts. */
  published_leaves_in: z.number().nullable(),
  container_leaves_in: z.number().nullable(),
});
export type QuotaUse = z.output<typeof quotaUseSchema>;
