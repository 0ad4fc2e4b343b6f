import { z } from 'zod';
import { FEATURES } from '../accounts/features.ts';
import { timestampSchema } from '../contract.ts';

export const loginSchema = z.enum(['instagram', 'facebook']);

/** Why a token is of no use. */
export const tokenReasonSchema = z.object({
  code: z.enum([
    'refused', // Instagram does not accept it: expired, withdrawn, damaged
    'wrong_login', // it works, but with the other login than the one it is used with
  ]),
  message: z.string(),
  instagram_code: z.int().nullable(),
  error_subcode: z.int().nullable(),
});
export type TokenReason = z.output<typeof tokenReasonSchema>;

/** What we found out about a token, as clients see it; never the token itself. */
export const verificationSchema = z
  .object({
    valid: z.boolean(),
    login: loginSchema.nullable().meta({ description: 'The login that the token is for; null: neither accepts it' }),
    user_id: z.string().nullable().meta({ description: "The token's own user" }),
    instagram_accounts: z.array(z.object({ id: z.string(), username: z.string().nullable() })),
    scopes: z.array(z.string()).nullable().meta({
      description: 'Granted scopes as far as they can be found out; null: Instagram does not tell',
    }),
    missing_scopes: z.partialRecord(z.enum(FEATURES), z.array(z.string())).meta({
      description: 'Per feature of this service, what the token lacks for it',
      example: { publishing: ['instagram_business_content_publish'] },
    }),
    expires_at: timestampSchema.nullable().meta({ description: 'null: never, or Instagram does not tell' }),
    reason: tokenReasonSchema.nullable(),
  })
  .meta({ id: 'TokenVerification' });
export type Verification = z.output<typeof verificationSchema>;
