import { z } from 'zod';

/** What a file is published as; without it, a file passes that any use would take. */
export const mediaUseSchema = z.enum(['image', 'reel', 'story', 'carousel_item', 'cover']);
export type MediaUse = z.output<typeof mediaUseSchema>;

/** What Instagram often takes, but may refuse. */
export const mediaWarningSchema = z.enum([
  'index_at_end', // `moov` after the pictures; Instagram documents that it must come first
  'edit_list', // documented as not allowed, yet ffmpeg writes one into nearly every file
  'fragmented', // the length cannot be told from the header
  'audio_codec', // other than AAC
  'frame_rate', // other than 23 to 60 a second
  'wider_than_1920',
  'story_only', // too tall for the feed
]);
export type MediaWarning = z.output<typeof mediaWarningSchema>;

const dimensions = { width: z.int(), height: z.int(), turned: z.boolean() };

/** What is in a file, by its content. `width` and `height` are as coded, before `turned`. */
export const mediaFactsSchema = z.discriminatedUnion('media', [
  z.strictObject({
    media: z.literal('image'),
    content_type: z.literal('image/jpeg'),
    ...dimensions,
    warnings: z.array(mediaWarningSchema),
  }),
  z.strictObject({
    media: z.literal('video'),
    content_type: z.enum(['video/mp4', 'video/quicktime']),
    ...dimensions,
    codec: z.string(),
    duration_ms: z.int().nullable(),
    warnings: z.array(mediaWarningSchema),
  }),
]);
export type MediaFacts = z.output<typeof mediaFactsSchema>;
