/**
 * For operators: connects an account, or gives a connected account a new token. `npm run connect-account` invokes it, because
 * nothing outside our network reaches the database, and a token must never be a variable of a function.
 */
import { z } from 'zod';
import { parseEnv } from '../lib/config.ts';
import { connectingEnv, createConnecting } from '../lib/connecting/connect-account.ts';
import { createDatabase } from '../lib/database/create-database.ts';
import { ServiceError } from '../lib/errors.ts';
import { EVERYBODY, isPrincipal } from '../lib/principal.ts';

const env = parseEnv(connectingEnv);

const eventSchema = z.object({
  access_token: z.string().min(1),
  login: z.enum(['instagram', 'facebook']).optional(),
  instagram_id: z
    .string()
    .regex(/^[0-9]+$/)
    .optional(),
  /** Who is to own the account; default: nobody, and everybody sees it. */
  grant: z.string().refine(isPrincipal).default(EVERYBODY),
});

/** The result; `error` is for the operator to read. Errors are not thrown, because Lambda would log its input, the token. */
export type ConnectOutcome =
  | { account_id: number; instagram_id: string; username: string | null; connected: boolean }
  | { error: string };

export const handler = async (event: unknown): Promise<ConnectOutcome> => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    return {
      error: `these fields are missing or wrong: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    };
  }
  const { access_token: token, login, instagram_id: instagramId, grant: grantTo } = parsed.data;
  const connect = createConnecting(await createDatabase(env), env);
  try {
    const { account_id, instagram_id, username, replaced } = await connect({
      token,
      login,
      instagramId,
      by: { grantTo },
    });
    return { account_id, instagram_id, username, connected: replaced };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { error: `${error.message}${choicesIn(error)}` };
  }
};

/** The accounts that the operator can name. */
const choicesIn = ({ options: { extensions = {} } }: ServiceError): string =>
  Array.isArray(extensions.accounts)
    ? `: ${extensions.accounts.map(({ id, username }) => `${id} (@${username})`).join(', ')}`
    : '';
