import { isLongerThan } from '../instagram/text.ts';
import type { PublicationBody, PublicationKind } from './body.ts';

/** What a file is; null: an upload that was not inspected yet. */
export type FileMedia = 'image' | 'video' | null;

/** Where a request is wrong: `path` in dots. */
export interface Breach {
  path: string;
  message: string;
}

type File = Pick<PublicationBody, 'image_url' | 'video_url' | 'upload_key' | 'alt_text' | 'user_tags' | 'thumb_offset'>;

const MAX_CAPTION_LENGTH = 2_200;
const MAX_HASHTAGS = 30;
const MAX_MENTIONS = 20;

const SOURCES = ['image_url', 'video_url', 'upload_key'] as const;

/** The kind of publication, as far as the request or its file tells. */
export const kindOf = (body: PublicationBody, [media]: readonly FileMedia[]): PublicationKind | null => {
  if (body.kind !== undefined) return body.kind;
  if (body.children !== undefined) return 'carousel';
  if (media === undefined || media === null) return null;
  return media === 'image' ? 'image' : 'reel';
};

/**
 * What Instagram is documented to refuse in a request, as far as that can be told without asking it. `media`: what its
 * file is, or each of its children.
 */
export const ruleBreaches = (body: PublicationBody, media: readonly FileMedia[]): Breach[] => {
  const kind = kindOf(body, media);
  return [
    ...sourceBreaches(body, kind),
    ...captionBreaches(body.caption ?? ''),
    ...placeBreaches(body, kind),
    ...(body.children ?? []).flatMap((part, index) =>
      fileBreaches(part, 'part', media[index] ?? null).map(({ path, message }) => ({
        path: `children.${index}.${path}`,
        message,
      })),
    ),
    ...(body.children === undefined ? fileBreaches(body, kind, media[0] ?? null) : []),
  ];
};

const given = (file: File) => SOURCES.filter((name) => file[name] !== undefined);

/** One file, from one place; or the parts of a carousel, each with one. */
const sourceBreaches = (body: PublicationBody, kind: PublicationKind | null): Breach[] => {
  const { children } = body;
  if (children === undefined) {
    if (kind === 'carousel') return [{ path: 'children', message: 'is required for a carousel' }];
    return oneSourceBreaches(body, '');
  }
  return [
    ...(kind === 'carousel' ? [] : [{ path: 'kind', message: 'must be carousel, or absent, with children' }]),
    ...given(body).map((path) => ({ path, message: 'must not be given with children' })),
    ...children.flatMap((part, index) => oneSourceBreaches(part, `children.${index}.`)),
  ];
};

const oneSourceBreaches = (file: File, prefix: string): Breach[] => {
  const [first, ...others] = given(file);
  if (first === undefined) {
    return [{ path: `${prefix}image_url`, message: 'is required, or video_url, or upload_key' }];
  }
  return others.map((name) => ({ path: `${prefix}${name}`, message: `must not be given with ${first}` }));
};

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

const captionBreaches = (caption: string): Breach[] => {
  const breach = (message: string): Breach => ({ path: 'caption', message });
  // Such a text may have millions of characters: nothing else is counted in it.
  if (isLongerThan(caption, MAX_CAPTION_LENGTH)) return [breach(`must have at most ${MAX_CAPTION_LENGTH} characters`)];
  return [
    count(caption, /[#＃][\p{L}\p{N}_]/gu) > MAX_HASHTAGS && `must have at most ${MAX_HASHTAGS} hashtags`,
    // An @ within a word is an address, not a mention.
    count(caption, /(?<![\p{L}\p{N}_.])@[A-Za-z0-9._]/gu) > MAX_MENTIONS &&
      `must mention at most ${MAX_MENTIONS} accounts`,
  ]
    .filter((message) => message !== false)
    .map(breach);
};

/** Fields of the publication as a whole, and the kinds that have them. */
const ONLY_FOR: Readonly<
  Record<
    'caption' | 'location_id' | 'collaborators' | 'cover_url' | 'share_to_feed' | 'first_comment',
    readonly PublicationKind[]
  >
> = {
  caption: ['image', 'reel', 'carousel'],
  location_id: ['image', 'reel', 'carousel'],
  collaborators: ['image', 'reel', 'carousel'],
  cover_url: ['reel'],
  share_to_feed: ['reel'],
  first_comment: ['image', 'reel', 'carousel'],
};

const placeBreaches = (body: PublicationBody, kind: PublicationKind | null): Breach[] => {
  if (kind === null) return [];
  const names = Object.keys(ONLY_FOR) as (keyof typeof ONLY_FOR)[];
  const misplaced = names.filter((name) => body[name] !== undefined && !ONLY_FOR[name].includes(kind));
  const onParts = kind === 'carousel' ? (['alt_text', 'user_tags', 'thumb_offset'] as const) : [];
  return [
    ...misplaced.map((path) => ({ path, message: `is not for kind ${kind}` })),
    ...onParts
      .filter((name) => body[name] !== undefined)
      .map((path) => ({ path, message: 'belongs to the children of a carousel' })),
  ];
};

/** What a file is published as. */
type FileUse = PublicationKind | 'part';
const TAKES: Readonly<Record<Exclude<FileUse, 'carousel'>, readonly FileMedia[]>> = {
  image: ['image'],
  reel: ['video'],
  story: ['image', 'video'],
  part: ['image', 'video'],
};

/** Rules of one file and what belongs to it. */
const fileBreaches = (file: File, use: FileUse | null, media: FileMedia): Breach[] => {
  if (use === 'carousel' || use === null) return [];
  const breaches: Breach[] = [];
  const refuse = (path: keyof File, message: string) => breaches.push({ path, message });
  if (media !== null && !TAKES[use].includes(media)) {
    const source = given(file)[0] ?? 'upload_key';
    refuse(source, use === 'reel' ? 'must be a video for a reel' : 'must be an image');
    return breaches;
  }
  if (file.alt_text !== undefined && (use === 'reel' || use === 'story' || media === 'video')) {
    refuse('alt_text', 'is for images in the feed only');
  }
  if (file.thumb_offset !== undefined && (use === 'image' || use === 'story' || media === 'image')) {
    refuse('thumb_offset', 'is for videos in the feed only');
  }
  return [...breaches, ...tagBreaches(file.user_tags ?? [], use, media)];
};

/** Instagram wants the place of a person in a picture, forbids it in a video, and leaves it open in a story. */
const tagBreaches = (
  tags: NonNullable<File['user_tags']>,
  use: Exclude<FileUse, 'carousel'>,
  media: FileMedia,
): Breach[] => {
  if (use === 'part' && media === 'video' && tags.length > 0) {
    return [{ path: 'user_tags', message: 'is not for videos of a carousel' }];
  }
  return tags.flatMap(({ x, y }, index) => {
    const path = `user_tags.${index}`;
    if ((x === undefined) !== (y === undefined)) return [{ path, message: 'must have both x and y, or neither' }];
    if (use !== 'story' && media === 'image' && x === undefined) return [{ path, message: 'must have x and y' }];
    if (use === 'reel' && x !== undefined) return [{ path, message: 'must not have x and y in a video' }];
    return [];
  });
};
