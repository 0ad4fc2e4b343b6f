import type { MediaFacts, MediaUse } from './facts.ts';
import { refusalOf } from './refusal.ts';

const MIB = 1024 * 1024;

/** The largest file that Instagram takes in any use. */
export const MAX_BYTES = { image: 8 * MIB, video: 300 * MIB } as const;

type Range = readonly [least: number, most: number];
const ANY_ASPECT: Range = [0, Number.POSITIVE_INFINITY];
const FEED_ASPECT: Range = [4 / 5, 1.91];
/**
 * For an image without a stated use: wide ones are for the feed only, tall ones pass as stories (9:16, and screens of
 * telephones, down to 9:21).
 */
const SOME_ASPECT: Range = [9 / 22, 1.91];

/** Instagram documents two digits, and encoders round: Instagram itself judges what is this near to a limit. */
const ASPECT_TOLERANCE = 0.01;
const LENGTH_TOLERANCE_MS = 100;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** @see https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media */
const IMAGE_ASPECTS: Readonly<Record<MediaUse | 'any', Range>> = {
  any: SOME_ASPECT,
  image: FEED_ASPECT,
  carousel_item: ANY_ASPECT, // cropped to the first part's shape
  story: ANY_ASPECT,
  cover: ANY_ASPECT,
  reel: ANY_ASPECT, // refused for being an image
};
interface VideoRule {
  bytes: number;
  aspect: Range;
  lengthMs: Range;
}
const REEL: VideoRule = { bytes: MAX_BYTES.video, aspect: [0.01, 10], lengthMs: [3 * SECOND, 15 * MINUTE] };
const STORY: VideoRule = { bytes: 100 * MIB, aspect: [0.1, 10], lengthMs: [3 * SECOND, MINUTE] };
const VIDEO_RULES: Readonly<Record<MediaUse | 'any', VideoRule>> = {
  any: REEL,
  reel: REEL,
  carousel_item: REEL,
  story: STORY,
  image: REEL, // refused for being a video
  cover: REEL,
};

/** The media that each use takes. */
const TAKES: Readonly<Record<MediaUse | 'any', readonly MediaFacts['media'][]>> = {
  any: ['image', 'video'],
  image: ['image'],
  reel: ['video'],
  story: ['image', 'video'],
  carousel_item: ['image', 'video'],
  cover: ['image'],
};

const within = (value: number, [least, most]: Range, tolerance: number) =>
  value >= least - tolerance && value <= most + tolerance;

/** The shapes that Instagram may measure: it is not documented whether it turns a picture first. */
const aspectsOf = ({ width, height, turned }: MediaFacts) =>
  turned ? [height / width, width / height] : [width / height];

const shapeOf = ({ width, height, turned }: MediaFacts) => (turned ? `${height} × ${width}` : `${width} × ${height}`);
const toMegabytes = (bytes: number) => (bytes / MIB).toFixed(1);

/** @throws {ServiceError} `instagram_rejected` when the file is larger than Instagram takes of its kind. */
export const checkSize = (media: MediaFacts['media'], size: number, most: number = MAX_BYTES[media]): void => {
  if (size <= most) return;
  const reason = media === 'image' ? 'image_size' : 'video_format';
  throw refusalOf(reason, `The ${media} has ${toMegabytes(size)} MB; Instagram takes up to ${toMegabytes(most)} MB`);
};

/**
 * Checks what is in a file against what Instagram documents for its use. What could not be read from the file passes.
 * @throws {ServiceError} `instagram_rejected`, with Instagram's own code.
 */
export const checkUse = (facts: MediaFacts, size: number, use?: MediaUse): void => {
  const rule = use ?? 'any';
  if (!TAKES[rule].includes(facts.media)) {
    const reason = facts.media === 'image' ? 'video_format' : 'image_format';
    throw refusalOf(reason, `${facts.media === 'image' ? 'An image' : 'A video'} cannot be published as ${rule}`);
  }
  if (facts.media === 'image') checkImage(facts, size, rule);
  else checkVideo(facts, size, VIDEO_RULES[rule]);
};

const checkImage = (facts: MediaFacts, size: number, rule: MediaUse | 'any') => {
  checkSize('image', size);
  if (aspectsOf(facts).some((aspect) => within(aspect, IMAGE_ASPECTS[rule], ASPECT_TOLERANCE))) return;
  const hint = rule === 'any' ? '; say `kind=story` when it is for a story' : '';
  throw refusalOf('image_aspect', `The image is ${shapeOf(facts)}; Instagram takes 4:5 to 1.91:1 in the feed${hint}`);
};

const checkVideo = (
  facts: Extract<MediaFacts, { media: 'video' }>,
  size: number,
  { bytes, aspect, lengthMs }: VideoRule,
) => {
  checkSize('video', size, bytes);
  if (!aspectsOf(facts).some((one) => within(one, aspect, 0))) {
    throw refusalOf('video_format', `The video is ${shapeOf(facts)}: too narrow or too wide for Instagram`);
  }
  if (facts.duration_ms === null || within(facts.duration_ms, lengthMs, LENGTH_TOLERANCE_MS)) return;
  const [least, most] = lengthMs.map((ms) => ms / SECOND);
  const seconds = (facts.duration_ms / SECOND).toFixed(1);
  throw refusalOf('video_format', `The video lasts ${seconds} s; Instagram takes ${least} to ${most} s here`);
};

/** Whether an image is too tall for the feed, though not for a story. */
export const isStoryOnly = (facts: MediaFacts): boolean =>
  facts.media === 'image' && aspectsOf(facts).every((aspect) => aspect < FEED_ASPECT[0] - ASPECT_TOLERANCE);
