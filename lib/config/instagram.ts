import { z } from 'zod';
import { httpUrl } from './values.ts';

export const instagramEnv = z.object({
  INSTAGRAM_GRAPH_URL: httpUrl().default('https://graph.instagram.com'),
  FACEBOOK_GRAPH_URL: httpUrl().default('https://graph.facebook.com'),
  GRAPH_API_VERSION: z
    .string()
    .regex(/^v[0-9]{1,3}\.[0-9]$/, 'must look like v25.0')
    .default('v25.0'),
  META_APP_ID: z
    .string()
    .regex(/^[0-9]+$/, 'must be digits')
    .optional(),
  META_APP_SECRET: z.string().min(8, 'must be the app secret').optional(),
  /** Of Instagram Login, where it is not that of the Meta app. */
  INSTAGRAM_APP_SECRET: z.string().min(8, 'must be the app secret').optional(),
  /** Where Secrets Manager has the app's secrets; read on first use (`lib/secrets.ts`). */
  META_SECRET_ID: z.string().optional(),
});

/** How stored tokens are encrypted: KMS on AWS, a key file locally. */
export const tokenEnv = z.object({
  TOKEN_KMS_KEY_ID: z.string().optional(),
  TOKEN_KEY_FILE: z.string().optional(),
});
