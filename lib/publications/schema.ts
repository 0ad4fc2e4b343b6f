import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { failureSchema, instagramDetailsSchema, storedProblemSchema } from '../failure.ts';
import { CONTAINER_STATUSES } from '../instagram/resources/containers.ts';
import { publicationKindSchema } from './body.ts';

/**
 * `scheduled` not due yet · `queued` accepted · `processing` Instagram prepares it · `publishing` being published, or
 * read back · `published`, `failed`, `cancelled` final · `unknown` only a person who looks on Instagram can tell.
 */
export const publicationStatusSchema = z.enum([
  'scheduled',
  'queued',
  'processing',
  'publishing',
  'published',
  'failed',
  'unknown',
  'cancelled',
]);
export type PublicationStatus = z.output<typeof publicationStatusSchema>;

const ENDS: readonly PublicationStatus[] = ['published', 'failed', 'unknown', 'cancelled'];
/** Whether the status of a publication is final. */
export const isOver = ({ status }: { status: PublicationStatus }): boolean => ENDS.includes(status);

const userTagSchema = z.strictObject({
  username: z.string(),
  x: z.number().optional(),
  y: z.number().optional(),
});

/** A file to be published, with what goes with it. */
export const publicationFileSchema = z.strictObject({
  media: z.enum(['image', 'video']),
  /** Where its caller keeps it; null: it is an upload. */
  url: z.string().nullable(),
  upload_key: z.string().nullable(),
  alt_text: z.string().optional(),
  user_tags: z.array(userTagSchema).optional(),
  thumb_offset: z.int().optional(),
});
export type PublicationFile = z.output<typeof publicationFileSchema>;

/** What to publish, as the row keeps it: one file, or a carousel's parts in their order. */
export const publicationRequestSchema = z.strictObject({
  files: z.array(publicationFileSchema),
  location_id: z.string().optional(),
  collaborators: z.array(z.string()).optional(),
  cover_url: z.string().optional(),
  share_to_feed: z.boolean().optional(),
});
export type PublicationRequest = z.output<typeof publicationRequestSchema>;

/** A container that a publication uses. `age_ms`: from its creation to when the row was read. */
export const containerSchema = z.strictObject({
  id: idSchema,
  /** Of a carousel, from 0; null: the publication's own. */
  part: z.int().nullable(),
  instagram_id: z.string().nullable(),
  /** As last read. `UNREADABLE`: Instagram does not show it; `UNKNOWN`: a status that we do not know. */
  status_code: z.enum([...CONTAINER_STATUSES, 'UNREADABLE', 'UNKNOWN']).nullable(),
  error: failureSchema.nullable(),
  status_reads: z.int(),
  age_ms: z.number(),
});
export type Container = z.output<typeof containerSchema>;

/** The first comment, and how it stands. */
export const firstCommentSchema = z.strictObject({
  status: z.enum(['pending', 'published', 'failed', 'unknown']),
  comment_id: idSchema.nullable(),
  error: failureSchema.nullable(),
});
export type FirstComment = z.output<typeof firstCommentSchema>;

/**
 * A row of `publications`, with the containers it uses. Milliseconds count to or from when it was read, by the
 * database's clock.
 */
export const publicationRowSchema = z.strictObject({
  account_id: idSchema,
  id: idSchema,
  kind: publicationKindSchema,
  status: publicationStatusSchema,
  request: publicationRequestSchema,
  caption: z.string().nullable(),
  first_comment: z.string().nullable(),
  scheduled_at: timestampSchema.nullable(),
  intent_id: idSchema.nullable(),
  media_id: z.string().nullable(),
  post_id: idSchema.nullable(),
  permalink: z.string().nullable(),
  published_at: timestampSchema.nullable(),
  published_age_ms: z.number().nullable(),
  mirrored: z.boolean(),
  comment: firstCommentSchema.nullable(),
  error: failureSchema.nullable(),
  containers: z.array(containerSchema),
  overdue_ms: z.number(),
  lease_epoch: z.int(),
  attempts: z.int(),
  throttles: z.int(),
  resumes_in_ms: z.number().nullable(),
  created_at: timestampSchema,
});
export type PublicationRow = z.output<typeof publicationRowSchema>;

const shownFailureSchema = z
  .object({ code: failureSchema.shape.code, detail: z.string(), instagram: instagramDetailsSchema.nullable() })
  .meta({ id: 'PublicationFailure' });

const shownFileSchema = z
  .object({
    type: publicationFileSchema.shape.media,
    url: z.string().nullable().meta({ description: 'As it was given, without its query' }),
    upload_key: z.string().nullable(),
    alt_text: z.string().nullable(),
    container_id: z.string().nullable(),
    status: z.enum(['pending', 'processing', 'ready', 'failed']),
    error: shownFailureSchema.nullable(),
  })
  .meta({ id: 'PublicationMedia' });

/** A publication as clients see it. */
export const publicationSchema = z
  .object({
    id: idSchema,
    account_id: idSchema,
    kind: publicationKindSchema,
    status: publicationStatusSchema,
    caption: z.string().nullable(),
    media: z.array(shownFileSchema).meta({ description: 'Its file, or the parts of a carousel in their order' }),
    container_id: z.string().nullable(),
    media_id: z.string().nullable().meta({ description: 'null, if published: which media it is cannot be told' }),
    post_id: idSchema.nullable(),
    permalink: z.string().nullable(),
    scheduled_at: timestampSchema.nullable(),
    published_at: timestampSchema.nullable(),
    first_comment: z
      .object({ text: z.string(), ...firstCommentSchema.shape, error: shownFailureSchema.nullable() })
      .meta({ id: 'FirstComment' })
      .nullable(),
    error: storedProblemSchema
      .nullable()
      .meta({ description: 'Why it failed or, while it is under way, what it is waiting for' }),
    created_at: timestampSchema,
  })
  .meta({ id: 'Publication' });
export type Publication = z.output<typeof publicationSchema>;

/** Instagram's quota of an account, as Instagram states it. */
export const publishingLimitSchema = z
  .object({
    quota_usage: z.int(),
    quota_total: z.int().nullable(),
    quota_duration: z.int().nullable().meta({ description: 'Seconds' }),
  })
  .meta({ id: 'PublishingLimit' });
