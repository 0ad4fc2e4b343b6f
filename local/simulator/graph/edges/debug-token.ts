import type { Token } from '../../world/types.ts';
import type { Call } from '../call.ts';
import type { Edge } from '../edge.ts';
import { expiredToken, invalidParameter, unparsableToken } from '../errors.ts';
import { toGraphJson } from '../json.ts';

/** Scopes that are granted for pages one by one. */
const OF_PAGES = ['pages_show_list', 'pages_read_engagement', 'pages_manage_metadata'];

const describe = (token: Token, { world }: Call) => {
  const account = world.accounts().find(({ id }) => id === token.accountId);
  return {
    type: 'USER',
    application: 'Simulated app',
    expires_at: token.expires_at ?? 0,
    data_access_expires_at: 0,
    is_valid: true,
    scopes: token.scopes,
    granular_scopes: token.scopes
      .filter((scope) => OF_PAGES.includes(scope))
      .map((scope) => ({ scope, target_ids: account ? [account.page.id] : [] })),
    user_id: account?.facebookUser.id,
  };
};

const refusal = (error: ReturnType<typeof unparsableToken>) => {
  const { code, subcode, message } = error.fields;
  return { error: { code, message, ...(subcode !== undefined && { subcode }) }, is_valid: false, scopes: [] };
};

/** `GET /debug_token?input_token=…` with Facebook Login, asked by the app. An invalid token is an answer. */
export const debugToken: Edge<Call> = {
  name: 'debug_token',
  of: null,
  segment: 'debug_token',
  method: 'GET',
  permissions: { facebook: null },
  answer: (call) => {
    const { params, world, tokenText } = call;
    const token = world.tokens.find(params.get('input_token') ?? '');
    const app_id = tokenText?.split('|')[0];
    if (token?.login !== 'facebook') return toGraphJson({ data: { app_id, ...refusal(unparsableToken()) } });
    if (token.isForeign) throw invalidParameter('The App_id in the input_token did not match the Viewing App');
    const expiresAt = token.expires_at === null ? Number.POSITIVE_INFINITY : token.expires_at * 1_000;
    if (expiresAt > world.now()) return toGraphJson({ data: { app_id, ...describe(token, call) } });
    return toGraphJson({ data: { app_id, ...refusal(expiredToken(expiresAt, world.now())) } });
  },
};
