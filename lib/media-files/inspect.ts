import { ServiceError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { MediaFacts, MediaUse, MediaWarning } from './facts.ts';
import { readJpeg } from './jpeg.ts';
import { type Mp4Reading, readMp4 } from './mp4.ts';
import { refusalOf } from './refusal.ts';
import { checkSize, checkUse, isStoryOnly } from './rules.ts';

/** `file-type` needs so much of a file to recognize it. */
const HEAD_BYTES = 4_100;

const MP4_TYPES = ['video/mp4', 'video/x-m4v'];
const CODECS = ['avc1', 'avc3', 'hvc1', 'hev1'];
const MAX_WIDTH = 1_920;

/**
 * Finds out what a file is by its content, whatever its name or stated type, and whether Instagram would take it for
 * `use`. Of a video it reads only the index.
 * @throws {ServiceError} `unsupported_media_type` for what is neither image nor video, `instagram_rejected` with
 * Instagram's own code for what Instagram would refuse.
 */
export const inspectMediaFile = async (source: ByteSource, use?: MediaUse): Promise<MediaFacts> => {
  const type = await typeOf(source);
  const facts = type.startsWith('image/') ? await inspectImage(source, type) : await inspectVideo(source, type);
  checkUse(facts, source.size, use);
  if (use === undefined && isStoryOnly(facts)) facts.warnings.push('story_only');
  return facts;
};

const typeOf = async (source: ByteSource): Promise<string> => {
  const { fileTypeFromBuffer } = await import('file-type'); // on first use: it is large
  const mime = (await fileTypeFromBuffer(await source.read(0, HEAD_BYTES)))?.mime;
  if (mime?.startsWith('image/') || mime?.startsWith('video/')) return mime;
  throw new ServiceError('unsupported_media_type', 'The file is neither an image nor a video');
};

const inspectImage = async (source: ByteSource, type: string): Promise<MediaFacts> => {
  if (type !== 'image/jpeg') throw refusalOf('image_format', `The image is ${type}; Instagram takes JPEG only`);
  checkSize('image', source.size); // before it is loaded
  const jpeg = readJpeg(await source.read(0, source.size));
  if (jpeg === null) throw refusalOf('image_format', 'The JPEG file is damaged');
  if (!jpeg.complete) throw refusalOf('image_format', 'The JPEG file is cut off');
  if (jpeg.stereo) throw refusalOf('image_format', 'The JPEG file holds several views (MPO, JPS); Instagram takes one');
  const { width, height, turned } = jpeg;
  return { media: 'image', content_type: 'image/jpeg', width, height, turned, warnings: [] };
};

const inspectVideo = async (source: ByteSource, type: string): Promise<MediaFacts> => {
  if (!MP4_TYPES.includes(type) && type !== 'video/quicktime') {
    throw refusalOf('video_format', `The video is ${type}; Instagram takes MP4 and MOV`);
  }
  checkSize('video', source.size);
  const mp4 = await readMp4(source);
  if (mp4 === null) throw refusalOf('video_format', 'The video has no index (moov): it is damaged or cut off');
  if (!mp4.complete)
    throw refusalOf('video_format', 'The video is cut off: its index names data beyond the end of the file');
  if (mp4.video === null) throw refusalOf('video_format', 'The file has no picture track');
  const { codec, width, height, turned } = mp4.video;
  if (!CODECS.includes(codec)) throw refusalOf('video_format', 'The video is neither H.264 nor HEVC');
  if (width === 0 || height === 0) throw refusalOf('video_format', 'The video is damaged: it has no dimensions');
  return {
    media: 'video',
    content_type: type === 'video/quicktime' ? type : 'video/mp4',
    width,
    height,
    turned,
    codec,
    duration_ms: mp4.durationMs,
    warnings: warningsOf(mp4),
  };
};

const warningsOf = ({ video, audioCodec, indexAtEnd, edited, fragmented }: Mp4Reading): MediaWarning[] => {
  const rate = Math.round(video?.framesPerSecond ?? 30);
  const shownWidth = video?.turned ? video.height : video?.width;
  const found: Readonly<Partial<Record<MediaWarning, boolean>>> = {
    index_at_end: indexAtEnd,
    edit_list: edited,
    fragmented,
    audio_codec: audioCodec !== null && audioCodec !== 'mp4a',
    frame_rate: rate < 23 || rate > 60,
    wider_than_1920: (shownWidth ?? 0) > MAX_WIDTH,
  };
  return (Object.keys(found) as MediaWarning[]).filter((warning) => found[warning]);
};
