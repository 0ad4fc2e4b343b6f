import { z } from 'zod';
import { commentTextSchema } from '../comments/schema.ts';
import { namedAccountSchema } from '../contract.ts';
import { publicUrlSchema } from '../media-files/public-url.ts';

const MAX_ALT_TEXT_LENGTH = 1_000;
const PARTS = { min: 2, max: 10 };
const MAX_COLLABORATORS = 3;
const MAX_TAGS = 20;

export const publicationKindSchema = z.enum(['image', 'reel', 'story', 'carousel']);
export type PublicationKind = z.output<typeof publicationKindSchema>;

const usernameSchema = z
  .string()
  .regex(/^@?[A-Za-z0-9._]{1,30}$/, 'must be an Instagram username')
  .transform((name) => name.replace('@', ''));
const shareSchema = z.number().min(0, 'must be from 0 to 1').max(1, 'must be from 0 to 1');

const userTagSchema = z
  .strictObject({ username: usernameSchema, x: shareSchema.optional(), y: shareSchema.optional() })
  .meta({ id: 'UserTag', description: 'A person in a picture; `x` and `y` from its left and top, 0 to 1' });

/** Where a file is, and what belongs to that file. */
const fileFields = {
  image_url: publicUrlSchema.optional(),
  video_url: publicUrlSchema.optional(),
  upload_key: z.string().max(200).optional().meta({ description: '`key` of an upload of this account' }),
  alt_text: z.string().max(MAX_ALT_TEXT_LENGTH, `must have at most ${MAX_ALT_TEXT_LENGTH} characters`).optional(),
  user_tags: z.array(userTagSchema).max(MAX_TAGS, `must be at most ${MAX_TAGS}`).optional(),
  thumb_offset: z.int().min(0).optional().meta({ description: 'Of a video: the frame shown, in milliseconds' }),
};
const partSchema = z.strictObject(fileFields).meta({ id: 'NewPublicationPart' });

/** A moment with its offset, in UTC with `Z`. */
const momentSchema = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with offset' })
  .transform((text, context) => {
    const time = Date.parse(text);
    if (!Number.isNaN(time)) return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
    context.addIssue('must be a real moment');
    return z.NEVER;
  })
  .meta({ override: { type: 'string', format: 'date-time' } });

export const publicationBodySchema = z.strictObject({
  account_id: namedAccountSchema,
  kind: z
    .enum([...publicationKindSchema.options, 'video'])
    .transform((kind) => (kind === 'video' ? 'reel' : kind))
    .optional()
    .meta({
      override: { type: 'string', enum: [...publicationKindSchema.options, 'video'] },
      description: 'Taken from what is given when absent; `video` is another name for `reel`',
    }),
  ...fileFields,
  children: z
    .array(partSchema)
    .min(PARTS.min, `must be ${PARTS.min} to ${PARTS.max}`)
    .max(PARTS.max, `must be ${PARTS.min} to ${PARTS.max}`)
    .optional()
    .meta({ description: 'Parts of a carousel, in their order' }),
  caption: z.string().optional().meta({ description: 'At most 2,200 characters, 30 hashtags, 20 mentions' }),
  location_id: z
    .string()
    .regex(/^[0-9]{1,30}$/, 'must be the id of a page')
    .optional(),
  collaborators: z.array(usernameSchema).max(MAX_COLLABORATORS, `must be at most ${MAX_COLLABORATORS}`).optional(),
  cover_url: publicUrlSchema.optional(),
  share_to_feed: z.boolean().optional(),
  scheduled_at: momentSchema.optional().meta({ description: 'At most 75 days ahead; absent: at once' }),
  first_comment: commentTextSchema.optional(),
});
/** The body of `POST /publications`, before it is known what its uploads are. */
export type PublicationBody = z.output<typeof publicationBodySchema>;
