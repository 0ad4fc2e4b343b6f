import { z } from 'zod';
import { idSchema, timestampSchema } from '../contract.ts';
import { mediaFactsSchema, mediaWarningSchema } from '../media-files/facts.ts';

/** A row of `uploads`. */
export const uploadRowSchema = z.strictObject({
  account_id: idSchema,
  id: idSchema,
  key: z.string(),
  content_type: z.string(),
  size: z.int(),
  etag: z.string().nullable(),
  version_id: z.string().nullable(),
  facts: mediaFactsSchema.nullable(),
  created_at: timestampSchema,
  expires_at: timestampSchema,
});
export type UploadRow = z.output<typeof uploadRowSchema>;

/** An upload that was inspected: the version that may be published, and what is in it. */
export type CheckedUpload = UploadRow & { etag: string; facts: NonNullable<UploadRow['facts']> };

/** One version of an object. */
export interface ObjectVersion {
  etag: string;
  /** null where the bucket keeps no versions. */
  version_id: string | null;
}

const link = {
  url: z.url().meta({ description: 'Readable by anyone who has it, Instagram too, until `expires_at`' }),
  expires_at: timestampSchema,
};
const key = z.string().meta({
  description: 'Names the file when it is published',
  example: 'uploads/1/0b9f7f5e-7a0a-4d0b-8f5e-6f3b1c2d4e5f',
});

/** A file that is stored and checked. */
export const uploadedFileSchema = z
  .object({
    key,
    ...link,
    content_type: z.string(),
    size: z.int(),
    warnings: z.array(mediaWarningSchema).meta({ description: 'What Instagram often takes, but may refuse' }),
  })
  .meta({ id: 'UploadedFile' });

/** A form for sending a file to S3. */
export const preparedUploadSchema = z
  .object({
    key,
    upload: z.object({
      url: z.url(),
      fields: z.record(z.string(), z.string()).meta({
        description: 'Form fields, all to be sent before the field `file`',
        example: { key: 'uploads/1/0b9f7f5e-7a0a-4d0b-8f5e-6f3b1c2d4e5f', 'Content-Type': 'video/mp4' },
      }),
      expires_at: timestampSchema,
    }),
    ...link,
  })
  .meta({ id: 'PreparedUpload' });
