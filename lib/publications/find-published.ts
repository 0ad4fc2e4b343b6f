import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createPageSize } from '../instagram/page-size.ts';
import { ALL_MEDIA_FIELDS, type MediaPage } from '../instagram/resources/media.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import { walk } from '../instagram/walk.ts';
import { type Likeness, looksLike } from './likeness.ts';

const PAGE = 50;
const MAX_PAGES = 5;
/** Two clocks, and the precision of Instagram's times. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * Media of the account published since `since` (ISO 8601) that look like the publication, newest first. Stories have
 * a listing of their own.
 * @throws {InstagramError}
 */
export const findPublished = async (
  { account, client }: ConnectedAccount,
  likeness: Likeness,
  { since, deadline }: { since: string; deadline: number },
): Promise<MediaInput[]> => {
  const from = Date.parse(since) - TOLERANCE_MS;
  const isStory = likeness.kind === 'story';
  const readPage = isStory ? client.publishing.readStories : client.media.readPage;
  const pages = walk<MediaPage>(
    ({ after, limit, previous }) =>
      readPage(account.instagram_id, { after, limit, fields: previous?.used.fields ?? ALL_MEDIA_FIELDS }, { deadline }),
    {
      call: isStory ? 'GET {id}/stories' : 'GET {id}/media',
      idOf: ({ instagram_id }) => instagram_id,
      size: createPageSize(PAGE),
      bound: MAX_PAGES * PAGE,
      maxPages: MAX_PAGES,
      stopWhen: ({ items }) => {
        const oldest = items.at(-1);
        return oldest !== undefined && Date.parse(oldest.timestamp) < from;
      },
    },
  );
  const found: MediaInput[] = [];
  for await (const { items } of pages) {
    found.push(...items.filter((media) => Date.parse(media.timestamp) >= from && looksLike(media, likeness)));
  }
  return found;
};
