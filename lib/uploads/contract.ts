import { z } from 'zod';
import { accountIdParamSchema, endpoint, namedAccountSchema } from '../contract.ts';
import { mediaUseSchema } from '../media-files/facts.ts';
import { UPLOAD_TYPES, type UploadType } from './policy.ts';
import { preparedUploadSchema, uploadedFileSchema } from './schema.ts';

const kindSchema = mediaUseSchema.meta({
  description: 'What the file is for; without it, what any kind of publication takes is accepted',
});

export const uploadImageContract = endpoint({
  method: 'POST',
  path: '/image',
  operationId: 'uploadImage',
  summary: 'Upload an image or video of up to 4 MB',
  tags: ['uploads'],
  scope: 'publish:write',
  consumes: 'multipart/form-data',
  request: z.object({
    query: z.object({ account_id: accountIdParamSchema, kind: kindSchema.optional() }),
    headers: z.object({ 'content-type': z.string().default('') }),
    body: z.instanceof(Buffer).meta({
      override: {
        type: 'object',
        required: ['file'],
        properties: { file: { type: 'string', format: 'binary', description: 'JPEG, MP4 or MOV by content' } },
      },
    }),
  }),
  responses: { 201: uploadedFileSchema },
  problems: ['account_not_found', 'account_ambiguous', 'instagram_rejected', 'database_unavailable'],
});

const types = Object.keys(UPLOAD_TYPES) as [UploadType, ...UploadType[]];

export const createUploadContract = endpoint({
  method: 'POST',
  path: '/uploads',
  operationId: 'createUpload',
  summary: 'Get a form for sending a larger file to S3',
  tags: ['uploads'],
  scope: 'publish:write',
  request: z.object({
    body: z
      .strictObject({
        account_id: namedAccountSchema,
        filename: z.string().min(1).max(255).meta({ description: 'For the caller; nothing is named after it' }),
        content_type: z.enum(types, { error: `must be one of ${types.join(', ')}: Instagram takes nothing else` }),
        size: z.int().positive().meta({ description: 'Bytes: exactly so many will be accepted' }),
      })
      .superRefine(({ content_type, size }, context) => {
        const most = UPLOAD_TYPES[content_type];
        if (size <= most) return;
        const message = `must be at most ${most}: Instagram takes no larger ${content_type}`;
        context.addIssue({ code: 'custom', path: ['size'], message });
      })
      .meta({
        id: 'CreateUpload',
        example: { filename: 'harbour.mp4', content_type: 'video/mp4', size: 9_437_184 },
      }),
  }),
  responses: { 201: preparedUploadSchema },
  problems: ['account_not_found', 'account_ambiguous', 'database_unavailable'],
});
