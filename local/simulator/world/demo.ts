import { COMBINING_CAPTION, LONGEST_CAPTION, makeCaption, RIGHT_TO_LEFT_CAPTION } from './captions.ts';
import { accountId, numericId, shortcodeOf } from './ids.ts';
import { createRandom, hashOf, type Random } from './random.ts';
import type { Account, Media, MediaPart, NewMedia, Seconds } from './types.ts';

/** The newest generated media. Fixed, so that the same seed gives the same account on any day. */
const NEWEST_AT: Seconds = Date.UTC(2026, 9, 31, 18, 0, 0) / 1000;
const HOUR: Seconds = 3_600;
/** The oldest generated media is younger than this, however many there are. */
const LONGEST_HISTORY: Seconds = 8 * 365 * 24 * HOUR;

/** Generated media are numbered from 0; these from here, so that their ids stay apart. */
const FIRST_WITHHELD = 90_000;
/** The number of the first media added to an account while the simulator runs. */
export const FIRST_ADDED = 100_000;

/** The account behind a seed. */
export const makeAccount = (scope: string, given: Partial<Account> = {}): Account => ({
  id: accountId(scope),
  appScopedId: numericId(scope, 'user', 0),
  username: 'harbour.house',
  name: 'Harbour House ⚓',
  account_type: 'BUSINESS',
  biography: 'Bakery, kitchen and rooms by the sea 🌊',
  website: 'https://example.com/harbour-house',
  followers_count: 18_204,
  follows_count: 311,
  facebookUser: { id: numericId(scope, 'facebookUser', 0), name: 'Robin Example' },
  page: { id: numericId(scope, 'page', 0), name: 'Harbour House' },
  ...given,
});

/** Width and height of a generated picture, as its file name carries them. */
const SHAPES = { square: '540x540', portrait: '540x675', landscape: '675x354', tall: '405x720' } as const;
const PICTURE_SHAPES = [SHAPES.square, SHAPES.portrait, SHAPES.portrait, SHAPES.landscape] as const;

/** `cdn/picture.ts` draws whatever such a name says, so files need no store. */
const fileName = (label: string, id: string, shape: string, extension: 'jpg' | 'mp4'): string =>
  `${label}_${hashOf(id)}_${shape}_n.${extension}`;

const makePart = (label: string, id: string, isVideo: boolean, shape: string): MediaPart => ({
  id,
  media_type: isVideo ? 'VIDEO' : 'IMAGE',
  alt_text: null,
  file: fileName(label, id, shape, isVideo ? 'mp4' : 'jpg'),
  thumbnail: isVideo ? fileName(label, id, shape, 'jpg') : null,
});

type Kind = 'image' | 'reel' | 'carousel' | 'feed_video';

const pickKind = (random: Random): Kind => {
  const roll = random.next();
  if (roll < 0.5) return 'image';
  if (roll < 0.75) return 'reel';
  return roll < 0.97 ? 'carousel' : 'feed_video';
};

/** A plain media with everything filled in, the `n`-th of its scope. */
const makeMedia = (scope: string, n: number, timestamp: Seconds): Media => {
  const random = createRandom(hashOf(`${scope}/${n}`));
  const kind = pickKind(random);
  return makeMediaOfKind(scope, n, timestamp, kind, random);
};

const makeMediaOfKind = (scope: string, n: number, timestamp: Seconds, kind: Kind, random: Random): Media => {
  const id = numericId(scope, 'media', n);
  const isVideo = kind === 'reel' || kind === 'feed_video';
  const shape = isVideo ? SHAPES.tall : random.pick(PICTURE_SHAPES);
  const children = kind === 'carousel' ? makeParts(scope, n, random.between(2, 6), shape, random) : [];
  const cover = makePart(String(n + 1), id, isVideo, shape);
  return {
    ...cover,
    // an album's own address is its first part's picture
    file: children[0] ? (children[0].thumbnail ?? children[0].file) : cover.file,
    media_type: kind === 'carousel' ? 'CAROUSEL_ALBUM' : cover.media_type,
    media_product_type: kind === 'reel' ? 'REELS' : 'FEED',
    alt_text: kind === 'image' && random.chance(0.3) ? 'A picture of hills under a low sun' : null,
    caption: random.chance(0.08) ? null : makeCaption(random),
    timestamp,
    shortcode: shortcodeOf(id),
    like_count: random.between(12, 4_000),
    comments_count: random.chance(0.7) ? random.below(7) : 0,
    is_comment_enabled: true,
    children,
    likesHidden: random.chance(0.04),
    commentsWithheld: 0,
    withheld: false,
    overrides: {},
  };
};

const makeParts = (scope: string, n: number, count: number, shape: string, random: Random): MediaPart[] =>
  Array.from({ length: count }, (_, index) =>
    makePart(`${n + 1}-${index + 1}`, numericId(scope, 'part', n * 20 + index), random.chance(0.2), shape),
  );

/** What the newest media of the demo account are made to be, so that each oddity is met on the first page. */
const ODDITIES: readonly { kind: Kind; parts?: number; given?: Partial<Media> }[] = [
  { kind: 'image', given: { comments_count: 7 } },
  { kind: 'carousel' },
  { kind: 'reel', given: { comments_count: 133 } }, // three pages of comments
  { kind: 'reel', given: { file: null } }, // licensed music: no media_url, thumbnail only
  { kind: 'image', given: { caption: RIGHT_TO_LEFT_CAPTION } },
  { kind: 'image', given: { caption: COMBINING_CAPTION } },
  { kind: 'image', given: { likesHidden: true } },
  { kind: 'image', given: { caption: null } },
  { kind: 'carousel', parts: 10, given: { caption: LONGEST_CAPTION } },
  { kind: 'image', given: { media_product_type: 'HIGHLIGHT_REEL' } }, // a product type no document knows
  { kind: 'image', given: { is_comment_enabled: false, comments_count: 0 } },
  { kind: 'image', given: { comments_count: 9, commentsWithheld: 4 } }, // restricted commenters: count > rows
  { kind: 'feed_video' },
  { kind: 'image', given: { media_product_type: 'AD', comments_count: 0 } },
  { kind: 'reel', given: { media_product_type: null } },
  { kind: 'image', given: { caption: 'Pinned to the top of the profile 📌, yet listed by its date' } },
];

const makeOddity = (scope: string, n: number, timestamp: Seconds): Media | null => {
  const oddity = ODDITIES[n];
  if (!oddity) return null;
  const random = createRandom(hashOf(`${scope}/oddity/${n}`));
  const media = makeMediaOfKind(scope, n, timestamp, oddity.kind, random);
  const children = oddity.parts ? makeParts(scope, n, oddity.parts, SHAPES.square, random) : media.children;
  return { ...media, caption: makeCaption(random), likesHidden: false, children, ...oddity.given };
};

/** Of the withheld media of the demo account: some alone, and more than a default page of them in one row. */
const WITHHELD_AFTER = new Map([
  [30, 1],
  [61, 2],
  [120, 30],
]);

/**
 * `count` media, newest first, the same for the same scope. With `oddities` the newest show every kind of trap and some
 * withheld media lie between the others; without, every page is full.
 */
export const generateMedia = (scope: string, count: number, { oddities = false } = {}): Media[] => {
  const random = createRandom(hashOf(scope));
  const longestGap = Math.min(72 * HOUR, Math.floor((2 * LONGEST_HISTORY) / Math.max(1, count)));
  const media: Media[] = [];
  let timestamp = NEWEST_AT;
  for (let n = 0; n < count; n += 1) {
    media.push((oddities ? makeOddity(scope, n, timestamp) : null) ?? makeMedia(scope, n, timestamp));
    for (let extra = oddities ? (WITHHELD_AFTER.get(n) ?? 0) : 0; extra > 0; extra -= 1) {
      timestamp -= 60;
      media.push({ ...makeMedia(scope, FIRST_WITHHELD + media.length, timestamp), withheld: true });
    }
    // every 40th shares its second with the one before it, as an app that posts in bulk does
    if (n % 40 !== 10) timestamp -= random.between(60, longestGap);
  }
  return media;
};

/** A media a caller described in part; `n` must be new in its scope. */
export const completeMedia = (scope: string, n: number, given: NewMedia, now: Seconds): Media => {
  const { timestamp, children, ...rest } = given;
  const made = makeMedia(scope, n, toSeconds(timestamp) ?? now);
  const parts = children?.map((child, index) => ({
    ...makePart(
      `${n + 1}-${index + 1}`,
      numericId(scope, 'part', n * 20 + index),
      child.media_type === 'VIDEO',
      SHAPES.square,
    ),
    ...child,
  }));
  const media_type = rest.media_type ?? (parts ? 'CAROUSEL_ALBUM' : made.media_type);
  const isAlbum = media_type === 'CAROUSEL_ALBUM';
  const cover = makePart(String(n + 1), rest.id ?? made.id, media_type === 'VIDEO', SHAPES.portrait);
  return {
    ...made,
    ...cover,
    media_product_type: media_type === 'VIDEO' ? 'REELS' : 'FEED',
    comments_count: 0,
    likesHidden: false,
    shortcode: rest.id && /^[0-9]+$/.test(rest.id) ? shortcodeOf(rest.id) : made.shortcode,
    ...rest,
    media_type,
    children: parts ?? (isAlbum ? makeParts(scope, n, 3, SHAPES.square, createRandom(n)) : []),
  };
};

const toSeconds = (timestamp: string | Seconds | undefined): Seconds | null => {
  if (timestamp === undefined || typeof timestamp === 'number') return timestamp ?? null;
  const milliseconds = Date.parse(timestamp.replace(/([+-][0-9]{2})([0-9]{2})$/, '$1:$2'));
  if (Number.isNaN(milliseconds)) throw new TypeError(`Not a timestamp: ${JSON.stringify(timestamp)}`);
  return Math.floor(milliseconds / 1000);
};
