import { generateComments } from './comments.ts';
import { type Container, createContainers } from './containers.ts';
import { completeMedia, FIRST_ADDED, generateMedia, makeAccount } from './demo.ts';
import { looksLike, numericId } from './ids.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { createTokens, DEMO_TOKENS } from './tokens.ts';
import type { Account, Comment, Media, MediaPart, NewMedia, Seconds } from './types.ts';

/** The demo account's size, and the size an account can be given without asking for anything else. */
const DEMO_MEDIA_COUNT = 250;
export const MAX_GENERATED_MEDIA = 20_000;

export interface WorldOptions {
  /** Another seed is another account, with other ids. */
  seed: number;
  /** How many media to generate, or which ones to have; `undefined`: the demo account, oddities included. */
  media: number | readonly NewMedia[] | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Anything an id can name. */
export type WorldObject =
  | { readonly type: 'user'; readonly account: Account }
  | { readonly type: 'page'; readonly account: Account }
  | { readonly type: 'facebook_user'; readonly account: Account }
  | { readonly type: 'media'; readonly account: Account; readonly media: Media }
  | { readonly type: 'part'; readonly account: Account; readonly media: Media; readonly part: MediaPart }
  | { readonly type: 'comment'; readonly account: Account; readonly media: Media; readonly comment: Comment }
  | { readonly type: 'container'; readonly account: Account; readonly container: Container };

/** Only so many of an account's media can ever be listed: those created last. */
const MAX_LISTED = 10_000;

const isStory = ({ media_product_type }: Media): boolean => media_product_type === 'STORY';

interface Household {
  readonly account: Account;
  /** What listings show and `media_count` says, until `media` changes. */
  summary: { readonly listed: readonly Media[]; readonly count: number } | null;
  readonly media: Shelf<Media>;
  /** By media; filled when first asked for, as most are never read. */
  readonly comments: Map<string, Shelf<Comment>>;
  added: number;
}

/** The simulated Instagram: accounts, what they posted, what was said about it. All in memory. */
export const createWorld = ({ seed, media: initialMedia, now }: WorldOptions) => {
  const tokens = createTokens();
  const containers = createContainers({ now });
  const households = new Map<string, Household>();
  const seconds = (): Seconds => Math.floor(now() / 1000);

  const household = (accountId: string): Household => {
    const found = households.get(accountId);
    if (!found) throw new TypeError(`There is no account ${accountId}`);
    return found;
  };
  const firstAccount = (): Account => {
    const [first] = households.values();
    if (!first) throw new TypeError('The world has no account');
    return first.account;
  };

  /** Adds an account with a token for either login. Its scope (by default its number) decides its ids. */
  const addAccount = ({
    media,
    scope = `${seed}/${households.size}`,
    ...given
  }: Partial<Account> & { media?: number | readonly NewMedia[] | undefined; scope?: string } = {}): Account => {
    const account = makeAccount(scope, given);
    households.set(account.id, { account, media: createShelf<Media>(), comments: new Map(), summary: null, added: 0 });
    if (media === undefined) setMedia(account.id, generateMedia(account.id, DEMO_MEDIA_COUNT, { oddities: true }));
    else if (typeof media === 'number') setMediaCount(media, account.id);
    else addMedia(media, account.id);
    const isFirst = households.size === 1;
    for (const login of ['instagram', 'facebook'] as const) {
      tokens.grant({ login, accountId: account.id, ...(isFirst && { value: DEMO_TOKENS[login] }) });
    }
    return account;
  };

  const setMedia = (accountId: string, media: readonly Media[]): void => {
    const home = household(accountId);
    home.media.reset(media);
    home.summary = null;
    home.comments.clear();
  };

  const isCounted = (media: Media): boolean => !media.withheld && !isStory(media);
  const summary = (accountId: string) => {
    const home = household(accountId);
    home.summary ??= {
      listed: home.media
        .list()
        .filter((media) => !isStory(media))
        .slice(0, MAX_LISTED),
      count: home.media.list().filter(isCounted).length,
    };
    return home.summary;
  };

  /** Replaces an account's media by `count` generated ones: full pages, no oddities. */
  const setMediaCount = (count: number, accountId: string = firstAccount().id): void => {
    if (!Number.isInteger(count) || count < 0 || count > MAX_GENERATED_MEDIA) {
      throw new TypeError(`An account can have 0 to ${MAX_GENERATED_MEDIA} generated media`);
    }
    setMedia(accountId, generateMedia(accountId, count));
  };

  /** Adds media, described as far as it matters; without a `timestamp` they are new now. Answers them as stored. */
  const addMedia = (given: readonly NewMedia[], accountId: string = firstAccount().id): Media[] => {
    const home = household(accountId);
    return given.map((one) => {
      const media = completeMedia(accountId, FIRST_ADDED + home.added, one, seconds());
      home.media.add(media);
      home.summary = null;
      home.added += 1;
      return media;
    });
  };

  const homeOfMedia = (id: string): { home: Household; media: Media } => {
    for (const home of households.values()) {
      const media = home.media.find(id);
      if (media) return { home, media };
    }
    throw new TypeError(`There is no media ${id}`);
  };

  const editMedia = (id: string, changes: Partial<Omit<Media, 'id'>>): Media => {
    const { home, media } = homeOfMedia(id);
    const edited = { ...media, ...changes };
    home.media.replace(edited);
    home.summary = null;
    return edited;
  };

  /** Removes media with their comments, as their owner's delete does. Answers how many there were. */
  const removeMedia = (ids: readonly string[]): number => {
    let removed = 0;
    for (const home of households.values()) {
      for (const id of ids) {
        if (!home.media.remove(id)) continue;
        home.summary = null;
        home.comments.delete(id);
        removed += 1;
      }
    }
    return removed;
  };

  const shelfOfComments = (home: Household, media: Media): Shelf<Comment> => {
    let shelf = home.comments.get(media.id);
    if (!shelf) {
      shelf = createShelf(generateComments(home.account, media, seconds()));
      home.comments.set(media.id, shelf);
    }
    return shelf;
  };

  /** Every comment and reply of a media, newest first. */
  const comments = (mediaId: string): readonly Comment[] => {
    const { home, media } = homeOfMedia(mediaId);
    return shelfOfComments(home, media).list();
  };

  const findComment = (home: Household, id: string): { comment: Comment; media: Media } | null => {
    for (const [mediaId, shelf] of home.comments) {
      const comment = shelf.find(id);
      const media = home.media.find(mediaId);
      if (comment && media) return { comment, media };
    }
    if (!looksLike('comment', id)) return null;
    for (const media of home.media.list()) {
      // one that nobody listed yet has not been generated
      const comment = home.comments.has(media.id) ? undefined : shelfOfComments(home, media).find(id);
      if (comment) return { comment, media };
    }
    return null;
  };

  let commentsAdded = 0;
  /** Writes a comment (a reply with `parent_id`) and counts it. Without an author it is a stranger's. */
  const addComment = (mediaId: string, given: Pick<Comment, 'text'> & Partial<Omit<Comment, 'media_id'>>): Comment => {
    const { home, media } = homeOfMedia(mediaId);
    const comment: Comment = {
      id: numericId(`${mediaId}/added`, 'comment', commentsAdded),
      parent_id: null,
      timestamp: seconds(),
      username: 'a.visitor',
      authorId: numericId(home.account.id, 'person', 99),
      like_count: 0,
      hidden: false,
      ...given,
      media_id: mediaId,
    };
    shelfOfComments(home, media).add(comment);
    commentsAdded += 1;
    editMedia(mediaId, { comments_count: media.comments_count + 1 });
    return comment;
  };

  const editComment = (id: string, changes: Partial<Omit<Comment, 'id' | 'media_id'>>): Comment => {
    const object = find(id);
    if (object?.type !== 'comment') throw new TypeError(`There is no comment ${id}`);
    const edited = { ...object.comment, ...changes };
    shelfOfComments(household(object.account.id), object.media).replace(edited);
    return edited;
  };

  /** Removes a comment and the replies to it. Answers whether there was one. */
  const removeComment = (id: string): boolean => {
    const object = find(id);
    if (object?.type !== 'comment') return false;
    const shelf = shelfOfComments(household(object.account.id), object.media);
    const doomed = shelf.list().filter((comment) => comment.id === id || comment.parent_id === id);
    for (const comment of doomed) shelf.remove(comment.id);
    editMedia(object.media.id, { comments_count: object.media.comments_count - doomed.length });
    return true;
  };

  const findIn = (home: Household, id: string): WorldObject | null => {
    const { account } = home;
    if (id === account.id) return { type: 'user', account };
    if (id === account.page.id) return { type: 'page', account };
    if (id === account.facebookUser.id) return { type: 'facebook_user', account };
    const media = home.media.find(id);
    if (media) return { type: 'media', account, media };
    for (const album of home.media.list()) {
      const part = album.children.find((child) => child.id === id);
      if (part) return { type: 'part', account, media: album, part };
    }
    const found = findComment(home, id);
    return found && { type: 'comment', account, ...found };
  };

  /** What an id names, whoever it belongs to. */
  const find = (id: string): WorldObject | null => {
    const container = containers.find(id);
    if (container) return { type: 'container', account: household(container.accountId).account, container };
    for (const home of households.values()) {
      const object = findIn(home, id);
      if (object) return object;
    }
    return null;
  };

  /** Back to how the world began. */
  const reset = (): void => {
    households.clear();
    tokens.clear();
    containers.clear();
    commentsAdded = 0;
    addAccount({ media: initialMedia });
  };
  reset();

  return {
    tokens,
    containers,
    now,
    find,
    reset,
    addAccount,
    setMediaCount,
    addMedia,
    editMedia,
    removeMedia,
    comments,
    addComment,
    editComment,
    removeComment,
    isCounted,
    /** What `/media` pages through: the newest 10,000 and no stories, withheld ones among them. */
    listed: (accountId: string): readonly Media[] => summary(accountId).listed,
    /** `media_count`: all that can be seen, also beyond the newest 10,000. */
    mediaCount: (accountId: string): number => summary(accountId).count,
    accounts: (): readonly Account[] => [...households.values()].map(({ account }) => account),
    /** The first account: the only one, unless more were added. */
    account: firstAccount,
    /** An account's media, newest first, withheld ones and stories included. */
    media: (accountId: string = firstAccount().id): readonly Media[] => household(accountId).media.list(),
  };
};

export type World = ReturnType<typeof createWorld>;
