import { type CommonQueryMethods, sql } from 'slonik';
import { jsonb } from '../database/jsonb.ts';
import type { MediaFacts } from '../media-files/facts.ts';
import { KEPT_DAYS } from './policy.ts';
import { type ObjectVersion, type UploadRow, uploadRowSchema } from './schema.ts';

const UPLOAD = sql.fragment`
  account_id, id, key, content_type, size, etag, version_id, facts, created_at, expires_at`;

/** What an inspection found. */
export interface Checked extends ObjectVersion {
  content_type: string;
  facts: MediaFacts;
}

/** The `uploads` table. */
export const createUploadRepository = (database: CommonQueryMethods) => ({
  /** Stores a key that was given out; with `checked`, also the file that is there already. */
  insert: (
    { account_id, key, content_type, size }: Pick<UploadRow, 'account_id' | 'key' | 'content_type' | 'size'>,
    checked: Checked | null,
  ): Promise<UploadRow> =>
    database.one(sql.type(uploadRowSchema)`
      INSERT INTO uploads (account_id, id, key, content_type, size, etag, version_id, facts, expires_at)
      VALUES (
        ${account_id}, next_row_id(${account_id}), ${key}, ${checked?.content_type ?? content_type}, ${size},
        ${checked?.etag ?? null}, ${checked?.version_id ?? null},
        ${jsonb(checked?.facts ?? null)},
        service_now() + make_interval(days => ${KEPT_DAYS}::int)
      )
      RETURNING ${UPLOAD}
    `),

  /** One upload of this account; a key of another is not found. */
  find: (account_id: number, key: string): Promise<UploadRow | null> =>
    database.maybeOne(sql.type(uploadRowSchema)`
      SELECT ${UPLOAD} FROM uploads WHERE account_id = ${account_id} AND key = ${key}
    `),

  /**
   * Stores the version that was inspected, unless one was stored before: of two inspections at once, the first one
   * counts.
   */
  pin: ({ account_id, id }: Pick<UploadRow, 'account_id' | 'id'>, checked: Checked): Promise<UploadRow> =>
    database.one(sql.type(uploadRowSchema)`
      UPDATE uploads SET
        etag = coalesce(etag, ${checked.etag}),
        version_id = CASE WHEN etag IS NULL THEN ${checked.version_id} ELSE version_id END,
        content_type = CASE WHEN etag IS NULL THEN ${checked.content_type} ELSE content_type END,
        facts = coalesce(facts, ${jsonb(checked.facts)})
      WHERE account_id = ${account_id} AND id = ${id}
      RETURNING ${UPLOAD}
    `),
});
export type UploadRepository = ReturnType<typeof createUploadRepository>;
