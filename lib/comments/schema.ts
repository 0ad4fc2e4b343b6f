import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { isLongerThan } from '../instagram/text.ts';

const MAX_TEXT_CHARACTERS = 2_200;

/** The text of a new comment. Instagram itself checks all its other rules. */
export const commentTextSchema = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a text') })
  .trim()
  .min(1, 'must not be blank')
  .refine((text) => !isLongerThan(text, MAX_TEXT_CHARACTERS), {
    error: `must have at most ${MAX_TEXT_CHARACTERS} characters`,
  })
  .meta({ example: 'Thank you all for coming 🌊' });

const fields = {
  id: idSchema,
  instagram_id: z.string().meta({ example: '17858893269000001' }),
  post_id: idSchema,
  parent_id: idSchema.nullable().meta({ description: 'Of a reply: the top-level comment of its thread' }),
  text: z.string().nullable().meta({ description: 'null: it has no text, as a sticker' }),
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
    // Lists have no deleted comments, and a new one is not deleted: only a request for one comment can give this.
    deleted_at: timestampSchema
      .nullable()
      .default(null)
      .meta({ description: 'When it was found to be gone from Instagram' }),
  })
  .meta({ id: 'Comment' });

/** The same as a row. Strict: one column too many is a bug. */
export const commentRowSchema = z.strictObject(fields);
export type Comment = z.output<typeof commentRowSchema>;

/** A comment with all that is needed to write to it. */
export const commentRecordSchema = z.strictObject({
  ...fields,
  account_id: idSchema,
  gone_at: timestampSchema.nullable(),
  /** Of its post. */
  post_instagram_id: z.string(),
  post_gone_at: timestampSchema.nullable(),
  /** The top-level comment of its thread: itself, unless it is a reply. */
  thread_id: idSchema,
  thread_instagram_id: z.string(),
  thread_gone_at: timestampSchema.nullable(),
});
export type CommentRecord = z.output<typeof commentRecordSchema>;
