import { z } from 'zod';
import { accountSchema } from '../accounts/schema.ts';
import { loginSchema } from '../auth/schema.ts';
import { endpoint } from '../contract.ts';
import type { ErrorCode } from '../errors.ts';

/** Why an account is not connected. */
const REFUSALS = [
  'owner_required',
  'account_taken',
  'choose_account',
  'token_weaker',
  'token_invalid',
  'token_expired',
  'token_wrong_login',
  'token_of_other_app',
  'token_scope_missing',
  'token_short_lived',
  'not_professional',
  'account_not_of_token',
  'instagram_error',
  'instagram_rate_limited',
  'instagram_timeout',
  'database_unavailable',
] as const satisfies readonly ErrorCode[];

const instagramIdSchema = z
  .string()
  .regex(/^[0-9]{1,30}$/, 'must be the id of an Instagram account: digits')
  .meta({ example: '17841405822304914' });

export const createAccountContract = endpoint({
  method: 'POST',
  path: '/accounts',
  operationId: 'createAccount',
  summary: 'Connect the account of an access token, or give a connected account a new one',
  tags: ['accounts'],
  scope: 'accounts:write',
  request: z.object({
    body: z
      .strictObject({
        access_token: z.string().trim().min(1).max(4_096).meta({ format: 'password' }),
        login: loginSchema.optional().meta({ description: 'Default: the one that can read the token' }),
        instagram_id: instagramIdSchema.optional().meta({
          description: 'Needed where several accounts are behind the token',
        }),
      })
      .meta({ id: 'CreateAccount', example: { access_token: 'IGAAExampleOfAToken' } }),
  }),
  responses: { 200: accountSchema, 201: accountSchema },
  problems: REFUSALS,
});
