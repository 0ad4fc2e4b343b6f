import type { DatabasePool } from 'slonik';
import { z } from 'zod';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { createPageSize } from '../instagram/page-size.ts';
import type { CommentInput, CommentPage } from '../instagram/resources/comments.ts';
import { type PageAsked, walk } from '../instagram/walk.ts';
import { type Effect, type IntentRow, type ReadBack, TOLERANCE_MS } from '../intents/index.ts';
import { createCommentRepository } from './repository.ts';
import { storeComments } from './store-comments.ts';
import { textDigest } from './text.ts';

const MAX_PAGE = 50;
const MAX_PAGES = 20;

/** What a read-back keeps of a comment that it took for an intent's effect, to store it later. */
export const seenCommentSchema = z.object({ timestamp: z.string() });

type ReadPage = (asked: PageAsked<CommentPage>) => Promise<CommentPage>;

/**
 * Whether the connected account wrote it, by the author's id or username. Null: nothing tells. Another id proves nothing,
 * because Instagram may give an id of the author that it made for our app.
 */
const isOurs = ({ author_ids, username }: CommentInput, account: ConnectedAccount['account']): boolean | null => {
  if (author_ids.includes(account.instagram_id)) return true;
  if (username === null || account.username === null) return null;
  return username.toLowerCase() === account.username.toLowerCase();
};

/** Milliseconds by which Instagram's clock, in whole seconds, is ahead of the database's. */
const skewMs = (answeredAt: string | null, now: string): number => {
  const difference = Date.parse(answeredAt ?? '') - Date.parse(now);
  return Number.isNaN(difference) ? 0 : difference;
};

/**
 * Reads back our comments or replies that have an intent's text. Comments are listed newest first, so the walk ends where all
 * the rest is too old; replies have no known order. A listing without ours alone proves nothing: it must also show a comment
 * that we know to exist, or the post must state that it has no comments.
 */
export const createReadBack = ({ database }: { database: DatabasePool }) => {
  const comments = createCommentRepository(database);

  const readAll = async (
    readPage: ReadPage,
    { call, ordered, since, now }: { call: string; ordered: boolean; since: string; now: string },
  ) => {
    const items: CommentInput[] = [];
    let skew: number | null = null;
    let whole = false;
    let unreadable = false;
    const isTooOld = ({ items: page }: CommentPage): boolean => {
      const oldest = page.at(-1);
      const oldestPossible = Date.parse(since) + (skew ?? 0) - TOLERANCE_MS;
      return ordered && oldest !== undefined && Date.parse(oldest.timestamp) < oldestPossible;
    };
    const pages = walk<CommentPage>(readPage, {
      call,
      idOf: ({ instagram_id }) => instagram_id,
      size: createPageSize(MAX_PAGE),
      bound: MAX_PAGES * MAX_PAGE,
      maxPages: MAX_PAGES,
    });
    for await (const page of pages) {
      skew ??= skewMs(page.answeredAt, now);
      items.push(...page.items);
      unreadable ||= page.unreadable.length > 0;
      whole = page.after === null || isTooOld(page);
      if (whole) break;
    }
    return { items, skew: skew ?? 0, whole: whole && !unreadable };
  };

  const findKnown = async (accountId: number, items: readonly CommentInput[]): Promise<ReadonlyMap<string, string>> => {
    const ids = items.map(({ instagram_id }) => instagram_id);
    const known = ids.length === 0 ? [] : await comments.findKnown(accountId, ids);
    return new Map(known.map(({ instagram_id, created_at }) => [instagram_id, created_at]));
  };

  return async (
    connected: ConnectedAccount,
    intent: IntentRow & { post_id: number },
    {
      postInstagramId,
      since,
      now,
      deadline,
    }: { postInstagramId: string; since: string; now: string; deadline: number },
  ): Promise<ReadBack> => {
    const { account, client } = connected;
    const options = { deadline };
    const isReply = intent.parent_id !== null;
    const { readPage, readReplies } = client.comments;
    const { items, skew, whole } = await readAll(
      ({ after, limit, previous }) => {
        const asked = { after, limit, fields: previous?.used.fields };
        return isReply ? readReplies(intent.target_id, asked, options) : readPage(intent.target_id, asked, options);
      },
      { call: isReply ? 'GET {id}/replies' : 'GET {id}/comments', ordered: !isReply, since, now },
    );

    const alike = items.filter(({ text }) => text !== null && textDigest(text) === intent.text_digest);
    const ours = alike.filter((item) => isOurs(item, account) === true);
    const known = await findKnown(account.id, items);
    const effects = ours.map(
      (item): Effect => ({
        external_id: item.instagram_id,
        at: new Date(Date.parse(item.timestamp) - skew).toISOString(),
        known_at: known.get(item.instagram_id) ?? null,
        detail: { timestamp: item.timestamp },
      }),
    );
    const nameless = alike.some((item) => isOurs(item, account) === null);
    /** The listing shows a comment that we know to exist; or it is empty, and the post states that it has no comments. */
    const isBelievable = async (): Promise<boolean> => {
      if (known.size > 0) return true;
      if (!isReply) {
        return items.length === 0 && (await client.media.get(postInstagramId, options)).comments_count === 0;
      }
      // A thread may be empty. Its post has one comment at least, whose listing tells whether listings work.
      const page = await readPage(postInstagramId, { limit: MAX_PAGE, after: null }, options);
      return (await findKnown(account.id, page.items)).size > 0;
    };
    const conclusive = whole && !nameless && (await isBelievable());
    // The next read-back knows then that these exist.
    await storeComments(database, {
      account_id: account.id,
      post_id: intent.post_id,
      thread: isReply ? intent.target_id : null,
      run_id: null,
      read_at: now,
      comments: items,
    });
    return { effects, conclusive };
  };
};
