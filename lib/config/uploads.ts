import { z } from 'zod';
import { httpUrl } from './values.ts';

/** Where files to publish are kept, and how links to them are made. */
export const uploadEnv = z.object({
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ENDPOINT_URL_S3: httpUrl().optional(),
  UPLOAD_BUCKET: z.string({ error: 'must be the name of the bucket' }).min(3),
  /** What links begin with, where those who follow them reach S3 by another address than the functions. */
  UPLOAD_LINK_ENDPOINT: httpUrl().optional(),
  /** Where forms are sent, if not to where links begin. */
  UPLOAD_FORM_ENDPOINT: httpUrl().optional(),
  /** The role whose sessions sign links: Lambda's own session may end at any moment, and every link with it. */
  UPLOAD_SIGNER_ROLE_ARN: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/.+$/, 'must be the ARN of a role')
    .optional(),
});
