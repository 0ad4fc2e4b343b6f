import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ALL_MEDIA_FIELDS } from '../instagram/resources/media.ts';
import type { MediaInput } from '../instagram/resources/media-schema.ts';
import { type Look, looksLike } from './likeness.ts';

const PAGE = 50;
const PAGES_AT_MOST = 5;
/** Instagram's clock and ours, and how exact its times are. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * Media of the account published since `since` (ISO 8601) that look like the publication, newest first. Stories are listed
 * apart from the rest.
 * @throws {InstagramError}
 */
export const findPublished = async (
  { account, client }: ConnectedAccount,
  look: Look,
  { since, deadline }: { since: string; deadline: number },
): Promise<MediaInput[]> => {
  const from = Date.parse(since) - TOLERANCE_MS;
  const found: MediaInput[] = [];
  let after: string | null = null;
  for (let pages = 0; pages < PAGES_AT_MOST; pages += 1) {
    const page: { items: readonly MediaInput[]; after: string | null } =
      look.kind === 'story'
        ? await client.publishing.readStories(account.instagram_id, { limit: PAGE, after }, { deadline })
        : await client.media.readPage(
            account.instagram_id,
            { limit: PAGE, after, fields: ALL_MEDIA_FIELDS },
            { deadline },
          );
    found.push(...page.items.filter((media) => Date.parse(media.timestamp) >= from && looksLike(media, look)));
    const oldest = page.items.at(-1);
    if (page.after === null || (oldest !== undefined && Date.parse(oldest.timestamp) < from)) break;
    after = page.after;
  }
  return found;
};
