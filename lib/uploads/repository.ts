import { type CommonQueryMethods, sql } from 'slonik';
import { jsonb } from '../database/jsonb.ts';
import type { MediaFacts } from '../media-files/facts.ts';
import { KEPT_DAYS } from './policy.ts';
import { type ObjectVersion, type UploadRow, uploadRowSchema } from './schema.ts';

const UPLOAD = sql.fragment`
  account_id, id, key, content_type, size, etag, version_id, facts, created_at, expires_at`;

/** What is known of a file that was looked at. */
export interface Checked extends ObjectVersion {
  content_type: string;
  facts: MediaFacts;
}

/** The `uploads` table. */
export const createUploadRepository = (database: CommonQueryMethods) => ({
  /** Remembers a key that was given out; with `checked`, the file that lies there already. */
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

  /** Remembers the version that was looked at, the first to be so: what two look at at once is one of them. */
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
