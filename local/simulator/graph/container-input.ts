import type { ContainerKind } from '../world/containers.ts';
import type { MediaPart, NewMedia } from '../world/types.ts';
import type { Call } from './call.ts';
import { GraphError, invalidParameter } from './errors.ts';

/** What a call to create a container asks for. */
export interface ContainerInput {
  readonly kind: ContainerKind;
  readonly media: NewMedia;
  readonly children: readonly string[];
  /** Where the file is; null: an album, which has none of its own. */
  readonly url: string | null;
}

const KINDS: Readonly<Record<string, ContainerKind>> = {
  IMAGE: 'image',
  REELS: 'reel',
  STORIES: 'story',
  CAROUSEL: 'carousel',
};
const MAX_CAPTION_CHARACTERS = 2_200;
const MAX_HASHTAGS = 30;
const MAX_MENTIONS = 20;

const refusal = (code: number, subcode: number, message: string) => new GraphError({ message, code, subcode });
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

const kindOf = (params: URLSearchParams): ContainerKind => {
  const type = params.get('media_type');
  if (params.get('is_carousel_item') === 'true') {
    if (type === null || type === 'IMAGE' || type === 'VIDEO') return 'part';
  } else {
    const kind = KINDS[type ?? 'IMAGE'];
    if (kind !== undefined) return kind;
  }
  throw refusal(100, 2207023, 'The media_type is unknown');
};

/** Which file it is made of. @throws {GraphError} */
const fileOf = (params: URLSearchParams, kind: ContainerKind): { url: string; isVideo: boolean } => {
  const [image, video] = [params.get('image_url'), params.get('video_url')];
  const wantsVideo = kind === 'reel' || params.get('media_type') === 'VIDEO';
  const url = wantsVideo ? video : kind === 'image' ? image : (video ?? image);
  if (url === null) throw invalidParameter(`The parameter ${wantsVideo ? 'video_url' : 'image_url'} is required`);
  if (!/^https?:\/\//.test(url)) throw refusal(9004, 2207052, 'Only photo or video can be accepted as media type.');
  return { url, isVideo: wantsVideo || url === video };
};

const checkCaption = (caption: string): void => {
  if (caption.length > 2 * MAX_CAPTION_CHARACTERS || [...caption].length > MAX_CAPTION_CHARACTERS) {
    throw refusal(36004, 2207010, 'The caption was too long');
  }
  if (count(caption, /#[\p{L}\p{N}_]/gu) > MAX_HASHTAGS) throw invalidParameter('Too many hashtags');
  if (count(caption, /(?<!\w)@\w/g) > MAX_MENTIONS) throw refusal(100, 2207040, 'Cannot use more than 20 tags.');
};

const checkTags = (text: string, isVideo: boolean, kind: ContainerKind): void => {
  const tags = parseList(text, 'user_tags') as { x?: number; y?: number }[];
  const placed = tags.filter(({ x, y }) => x !== undefined && y !== undefined).length;
  if (kind === 'story') return;
  if (isVideo && placed > 0)
    throw refusal(100, 2207035, 'Product tag positions should not be specified for video media');
  if (!isVideo && placed < tags.length) throw refusal(100, 2207036, 'Tag positions are required for photo media');
};

const parseList = (text: string, name: string): unknown[] => {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // not JSON: a list of ids may come with commas
    if (name === 'children') return text.split(',');
  }
  throw invalidParameter(`Param ${name} must be an array`);
};

/** The parts of an album, which must be finished. @throws {GraphError} */
const partsOf = (text: string, { world, token }: Call): Pick<ContainerInput, 'media' | 'children'> => {
  const ids = parseList(text, 'children').map(String);
  if (ids.length < 2 || ids.length > 10) throw refusal(100, 2207028, 'A carousel needs 2 to 10 children');
  const parts = ids.map((id) => {
    const part = world.containers.find(id);
    if (part?.accountId !== token?.accountId || part?.kind !== 'part') {
      throw refusal(24, 2207006, `The media ${id} could not be found`);
    }
    const { status_code } = world.containers.statusOf(part);
    if (status_code !== 'FINISHED') throw refusal(9007, 2207027, 'The media is not ready for publishing');
    return part.media as Partial<MediaPart>;
  });
  return { media: { media_type: 'CAROUSEL_ALBUM', media_product_type: 'FEED', children: parts }, children: ids };
};

const PRODUCT_TYPES: Readonly<Record<ContainerKind, string>> = {
  image: 'FEED',
  reel: 'REELS',
  story: 'STORY',
  carousel: 'FEED',
  part: 'FEED',
};

/** Reads what a container is to be, and refuses what Meta refuses at once. @throws {GraphError} */
export const readContainer = (call: Call): ContainerInput => {
  const { params } = call;
  const kind = kindOf(params);
  const caption = params.get('caption');
  if (caption !== null) checkCaption(caption);
  const own = { caption: kind === 'story' || kind === 'part' ? null : caption };
  if (kind === 'carousel') {
    const { media, children } = partsOf(params.get('children') ?? '[]', call);
    return { kind, media: { ...media, ...own }, children, url: null };
  }
  const { url, isVideo } = fileOf(params, kind);
  const tags = params.get('user_tags');
  if (tags !== null) checkTags(tags, isVideo, kind);
  const media: NewMedia = {
    media_type: isVideo ? 'VIDEO' : 'IMAGE',
    alt_text: params.get('alt_text'),
    ...own,
    ...(kind !== 'part' && { media_product_type: PRODUCT_TYPES[kind] }),
  };
  return { kind, media, children: [], url };
};
