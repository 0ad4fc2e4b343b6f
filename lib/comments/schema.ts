import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { isLongerThan } from '../instagram/text.ts';

const LONGEST_TEXT = 2_200;

/** The text of a comment to be written. Whatever else Instagram has rules for, it says itself. */
export const commentTextSchema = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a text') })
  .trim()
  .min(1, 'must not be blank')
  .refine((text) => !isLongerThan(text, LONGEST_TEXT), {
    error: `must have at most ${LONGEST_TEXT} characters`,
  })
  .meta({ example: 'Thank you all for coming 🌊' });

const fields = {
  id: idSchema,
  instagram_id: z.string().meta({ example: '17858893269000001' }),
  post_id: idSchema,
  parent_id: idSchema.nullable().meta({ description: 'Of a reply: the top-level comment, as on Instagram' }),
  text: z.string().nullable().meta({ description: 'null where there is none, as with stickers' }),
  username: z.string().nullable(),
  timestamp: timestampSchema,
  like_count: z.int().nullable(),
  hidden: z.boolean(),
  created_at: timestampSchema.meta({ description: 'When it was first stored here' }),
};

/** A comment or reply as clients see it. */
export const commentSchema = z
  .object({
    ...fields,
    // Lists hold no deleted ones, and what was just written is there: only who looks one up can know better.
    deleted_at: timestampSchema
      .nullable()
      .default(null)
      .meta({ description: 'When it was found to be gone from Instagram' }),
  })
  .meta({ id: 'Comment' });

/** The same as a row: a column too many is a mistake. */
export const commentRowSchema = z.strictObject(fields);
export type Comment = z.output<typeof commentRowSchema>;

/** A comment with what is needed to act on it. */
export const commentRecordSchema = z.strictObject({
  ...fields,
  account_id: idSchema,
  gone_at: timestampSchema.nullable(),
  /** Of the post it stands under. */
  post_instagram_id: z.string(),
  post_gone_at: timestampSchema.nullable(),
  /** The top-level comment of its thread: itself, unless it is a reply. */
  thread_id: idSchema,
  thread_instagram_id: z.string(),
  thread_gone_at: timestampSchema.nullable(),
});
export type CommentRecord = z.output<typeof commentRecordSchema>;
