import { z } from 'zod';
import { endpoint, namedAccountSchema } from '../contract.ts';
import { loginSchema, verificationSchema } from './schema.ts';

export const verifyTokenContract = endpoint({
  method: 'POST',
  path: '/auth/verify',
  operationId: 'verifyToken',
  summary: "Find out what a token is for and what it may do; without one, the connected account's",
  tags: ['auth'],
  scope: 'accounts:read',
  request: z.object({
    body: z
      .strictObject({
        access_token: z.string().trim().min(1).max(4_096).optional().meta({ format: 'password' }),
        login: loginSchema.optional().meta({ description: 'The login the token is to be used with; default: its own' }),
        account_id: namedAccountSchema,
      })
      .meta({ id: 'VerifyToken', example: {} }),
  }),
  responses: { 200: verificationSchema },
  problems: [
    'account_not_found',
    'account_ambiguous',
    'account_disconnected',
    'instagram_error',
    'instagram_rate_limited',
    'instagram_timeout',
    'database_unavailable',
  ],
});
