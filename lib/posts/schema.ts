import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { ERROR_CODES } from '../errors.ts';

/** A part of an album. */
export const postChildSchema = z
  .object({
    instagram_id: z.string(),
    media_type: z.string().nullable(),
    media_url: z.string().nullable(),
    thumbnail_url: z.string().nullable(),
  })
  .meta({ id: 'PostChild' });

/** Something that Instagram does not give of this post, while it gives it of others. */
export const withheldSchema = z
  .object({
    what: z.enum(['comments', 'insights']),
    code: z.enum(ERROR_CODES).meta({ description: 'A problem code, as answers have it' }),
    detail: z.string().meta({ description: 'Why, in words' }),
    retry_at: timestampSchema.meta({ description: 'The first sync from then on asks again' }),
  })
  .meta({ id: 'Withheld' });
export type Withheld = z.output<typeof withheldSchema>;

const fields = {
  id: idSchema,
  account_id: idSchema,
  instagram_id: z.string().meta({ example: '17895695668004550' }),
  username: z.string().nullable(),
  caption: z.string().nullable(),
  media_type: z.string().meta({ description: 'IMAGE, VIDEO, CAROUSEL_ALBUM, or what Instagram calls a new type' }),
  media_product_type: z.string().nullable().meta({ description: 'FEED, REELS, STORY, AD …' }),
  media_url: z.string().nullable().meta({ description: 'Signed by Instagram for a while; renewed by each sync' }),
  thumbnail_url: z.string().nullable(),
  permalink: z.string().nullable(),
  shortcode: z.string().nullable(),
  alt_text: z.string().nullable(),
  timestamp: timestampSchema.meta({ description: 'When it was published' }),
  like_count: z.int().nullable().meta({ description: 'null where Instagram does not tell' }),
  comments_count: z.int().nullable(),
  comments_enabled: z.boolean().nullable(),
  children: z.array(postChildSchema),
  withheld: z.array(withheldSchema).meta({ description: 'What syncs could not get of it, and why; mostly empty' }),
  expires_at: timestampSchema.nullable().meta({ description: 'When a story is over; null for whatever stays' }),
  gone_at: timestampSchema
    .nullable()
    .meta({ description: 'When it was found to be no longer on Instagram, or the story was over' }),
  synced_at: timestampSchema.meta({ description: 'When it was last read from Instagram' }),
  created_at: timestampSchema.meta({ description: 'When it was first stored here' }),
  updated_at: timestampSchema.meta({ description: 'When anything but its links last changed' }),
};

/** A stored media object, as rows and clients have it. */
export const postSchema = z.object(fields).meta({ id: 'Post' });
export type Post = z.output<typeof postSchema>;

/** The same as a row: a column too many is a mistake. */
export const postRowSchema = z.strictObject(fields);
