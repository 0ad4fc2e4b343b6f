import { Client, type QueryConfig } from 'pg';
import { sql } from 'slonik';
import { createInstagramClient } from '../lib/instagram/client.ts';
import { ALL_MEDIA_FIELDS } from '../lib/instagram/resources/media.ts';
import { MEDIA_FIELDS, toFieldsParameter } from '../lib/instagram/resources/media-schema.ts';
import { pageStatement } from '../lib/posts/index.ts';

interface Listing {
  data: unknown[];
  paging?: { next?: string; cursors?: { after?: string } };
}

/**
 * The floor of what a sync reads: the same pages, fetched one after the other with plain `fetch`, read as JSON, and thrown away. No
 * checks, no database, no retries. Answers the number of media.
 */
export const walkPlainly = async (graphUrl: string, userId: string, token: string): Promise<number> => {
  const fields = toFieldsParameter(MEDIA_FIELDS.all);
  let media = 0;
  let after: string | undefined;
  do {
    const query = new URLSearchParams({ fields, limit: '100', ...(after === undefined ? {} : { after }) });
    const response = await fetch(`${graphUrl}/v25.0/${userId}/media?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { data, paging } = (await response.json()) as Listing;
    media += data.length;
    after = paging?.next === undefined ? undefined : paging.cursors?.after;
  } while (after !== undefined);
  return media;
};

/** The statements that write an account's pages, made ready beforehand. */
export const prepareWrites = async ({
  graphUrl,
  userId,
  token,
  account_id,
  run_id,
}: {
  graphUrl: string;
  userId: string;
  token: string;
  account_id: number;
  run_id: number;
}): Promise<QueryConfig[]> => {
  const { media } = createInstagramClient({ login: 'instagram', graphUrl, version: 'v25.0', token });
  const statements: QueryConfig[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof media.readPage>> = await media.readPage(userId, {
      limit: 100,
      after,
      fields: ALL_MEDIA_FIELDS,
    });
    const { write, count } = pageStatement(
      { account_id, run_id, read_at: null, media: page.items },
      sql.fragment`true`,
    );
    const { sql: text, values } = sql.unsafe`WITH written AS (${write}) ${count}`;
    statements.push({ text: text.replaceAll('$slonik_', '$'), values: [...values] });
    after = page.after;
  } while (after !== null);
  return statements;
};

/**
 * The floor of what a sync writes: the same rows by the same statements, one after the other through `pg` alone. No lease,
 * no progress, nothing fetched meanwhile. Answers milliseconds.
 */
export const writePlainly = async (databaseUrl: string, statements: readonly QueryConfig[]): Promise<number> => {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const startedAt = performance.now();
  for (const statement of statements) await client.query(statement);
  const ms = performance.now() - startedAt;
  await client.end();
  return ms;
};

/**
 * The floor of what a comment writes: its post and its account are read, the intent is committed, `send` is called, and
 * the comment is committed with the intent's end, by four plain statements through `pg` alone. No checks, nothing
 * generalised.
 */
export const createPlainComment = async (
  databaseUrl: string,
  { account_id, post_id }: { account_id: number; post_id: number },
) => {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    write: async (text: string, send: () => Promise<string>): Promise<void> => {
      await client.query('SELECT * FROM posts WHERE account_id = $1 AND id = $2', [account_id, post_id]);
      await client.query('SELECT * FROM accounts LEFT JOIN usage ON account_id = id WHERE id = $1', [account_id]);
      const { rows } = await client.query<{ id: string }>(
        `INSERT INTO intents (account_id, id, kind, target_id, post_id, text, text_digest, idempotency_key, request_hash, send_by)
         VALUES ($1, next_row_id($1), 'comment', 'plain', $2, $3, md5($3), gen_random_uuid()::text, md5($3), service_now())
         RETURNING id`,
        [account_id, post_id, text],
      );
      const instagramId = await send();
      await client.query(
        `WITH stored AS (
           INSERT INTO comments (account_id, id, instagram_id, post_id, text, commented_at)
           VALUES ($1, $2, $3, $4, $5, service_now())
         )
         UPDATE intents SET state = 'confirmed', external_id = $3, evidence = 'answer' WHERE account_id = $1 AND id = $2`,
        [account_id, rows[0]?.id, instagramId, post_id, text],
      );
    },
    end: () => client.end(),
  };
};
