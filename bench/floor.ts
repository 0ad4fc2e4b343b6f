import { MEDIA_FIELDS, toFieldsParameter } from '../lib/instagram/resources/media-schema.ts';

interface Listing {
  data: unknown[];
  paging?: { next?: string; cursors?: { after?: string } };
}

/**
 * The floor of a sync: the same pages, fetched one after the other with plain `fetch`, read as JSON, and thrown away. No
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
