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

/** Something that Instagram does not give of this post, but gives of others. */
export const withheldSchema = z
  .object({
    what: z.enum(['comments', 'insights']),
    code: z.enum(ERROR_CODES).meta({ description: 'A problem code, as in error answers' }),
    detail: z.string().meta({ description: 'Why, in words' }),
    retry_at: timestampSchema.meta({ description: 'The first sync after this time asks again' }),
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
  media_url: z.string().nullable().meta({ description: 'Valid for a while; each sync renews it' }),
  thumbnail_url: z.string().nullable(),
  permalink: z.string().nullable(),
  shortcode: z.string().nullable(),
  alt_text: z.string().nullable(),
  timestamp: timestampSchema.meta({ description: 'When it was published' }),
  like_count: z.int().nullable().meta({ description: 'null: Instagram does not tell' }),
  comments_count: z.int().nullable(),
  comments_enabled: z.boolean().nullable(),
  children: z.array(postChildSchema),
  withheld: z
    .array(withheldSchema)
    .meta({ description: 'What syncs could not get of this post, and why; mostly empty' }),
  expires_at: timestampSchema.nullable().meta({ description: 'When a story is over; null: it does not end' }),
  gone_at: timestampSchema
    .nullable()
    .meta({ description: 'When it was found gone from Instagram, or the story was over' }),
  synced_at: timestampSchema.meta({ description: 'When it was last read from Instagram' }),
  created_at: timestampSchema.meta({ description: 'When it was first stored here' }),
  updated_at: timestampSchema.meta({ description: 'When anything except its links last changed' }),
};

/** A stored media object, as clients see it. */
export const postSchema = z.object(fields).meta({ id: 'Post' });
export type Post = z.output<typeof postSchema>;

/** The same as a row. Strict: one column too many is a bug. */
export const postRowSchema = z.strictObject(fields);
