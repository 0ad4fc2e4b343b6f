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
