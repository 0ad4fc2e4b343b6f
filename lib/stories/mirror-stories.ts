import type { Logger } from '@aws-lambda-powertools/logger';
import type { CommonQueryMethods } from 'slonik';
import type { ConnectedAccount, ConnectInstagram } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { onlyAccount } from '../database/account-scope.ts';
import { databaseNow } from '../database/read-clock.ts';
import { ServiceError } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import { idsOf } from '../instagram/listing.ts';
import { createPageSize } from '../instagram/page-size.ts';
import { ALL_MEDIA_FIELDS, type MediaPage } from '../instagram/resources/media.ts';
import { walk } from '../instagram/walk.ts';
import { errorFields } from '../logger.ts';
import { storePage } from '../posts/index.ts';
import type { Post } from '../posts/schema.ts';
import type { LiveStory, StoryRepository } from './repository.ts';

const PAGE = 50;
/** Nobody has more at once: an account may publish 100 media a day. */
const MAX_STORIES = 1_000;
const HOUR_SECONDS = 60 * 60;
/** Stories that were taken down before their time, asked for by id in one turn. */
const MAX_TRIAGES = 5;

type Options = { deadline: number };

interface Deps {
  database: CommonQueryMethods;
  stories: StoryRepository;
  connectInstagram: ConnectInstagram;
  getPost: (scope: ReturnType<typeof onlyAccount>, id: number) => Promise<Post>;
  /** Whether a triage finds a post gone that no listing shows; marks it then. */
  isGone: (connected: ConnectedAccount, post: Post, options: Options) => Promise<boolean>;
  /** Reads the figures of a post from Instagram, and stores them. @throws {ServiceError} where Instagram does not give them. */
  measure: (accountId: number, postId: number, options: Options) => Promise<unknown>;
  logger: Pick<Logger, 'warn'>;
}

/**
 * Mirrors the stories of an account while they are up, and reads their figures at some ages: an hour after the end nobody can.
 * Instagram lists them apart from other media. A story that the list does not show is gone only if a triage says so. Gives the
 * seconds until the account should be looked at again: an hour, or less if figures are due before. May be repeated.
 * @throws {InstagramError} with everything before stored.
 */
export const createMirrorStories = ({
  database,
  stories,
  connectInstagram,
  getPost,
  isGone,
  measure,
  logger,
}: Deps) => {
  /** Stores all stories that Instagram lists, and gives their ids. */
  const mirror = async ({ account, client }: ConnectedAccount, step: () => Options): Promise<ReadonlySet<string>> => {
    const listed = new Set<string>();
    const pages = walk<MediaPage & { read_at: string }>(
      async ({ after, limit, previous }) => {
        const read_at = await databaseNow(database);
        const asked = { after, limit, fields: previous?.used.fields ?? ALL_MEDIA_FIELDS };
        return { ...(await client.publishing.readStories(account.instagram_id, asked, step())), read_at };
      },
      {
        call: 'GET {id}/stories',
        idOf: ({ instagram_id }) => instagram_id,
        size: createPageSize(PAGE),
        bound: MAX_STORIES,
      },
    );
    for await (const { items, unreadable, used, read_at } of pages) {
      for (const id of [...items.map(({ instagram_id }) => instagram_id), ...idsOf(unreadable)]) listed.add(id);
      // It stands in the list of stories, whatever else it says of itself.
      const media = items.map((item) => ({ ...item, media_product_type: 'STORY' }));
      const fields = [...new Set([...used.fields, 'media_product_type'])];
      await storePage(database, { account_id: account.id, run_id: null, read_at, media, fields });
    }
    return listed;
  };

  const measureDue = async (accountId: number, due: readonly LiveStory[], step: () => Options): Promise<void> => {
    for (const { id } of due) {
      try {
        await measure(accountId, id, step());
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const fields = { event: 'story_not_measured', account_id: accountId, post_id: id, error: errorFields(error) };
        logger.warn('the figures of a story were not read', fields);
        if (error.code === 'instagram_rate_limited') return;
      }
    }
  };

  return async (accountId: number, step: () => Options): Promise<number> => {
    const connected = await connectInstagram(accountId);
    let live: readonly LiveStory[];
    try {
      const listed = await mirror(connected, step);
      live = await stories.listLive(accountId);
      const unseen = live.filter(({ instagram_id }) => !listed.has(instagram_id));
      for (const { id } of unseen.slice(0, MAX_TRIAGES)) {
        const gone = await isGone(connected, await getPost(onlyAccount(accountId), id), step());
        if (gone) live = live.filter((story) => story.id !== id);
      }
    } catch (error) {
      if (error instanceof InstagramError) await recordStanding(database, connected.account, error);
      throw error;
    }
    await measureDue(
      accountId,
      live.filter(({ due }) => due),
      step,
    );
    return Math.min(HOUR_SECONDS, ...live.flatMap(({ due_in_seconds }) => due_in_seconds ?? []));
  };
};
