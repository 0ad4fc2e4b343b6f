import { LONG_LIFE } from '../../world/tokens.ts';
import type { Call } from '../call.ts';
import type { Edge } from '../edge.ts';
import { GraphError, missingPermission, unparsableToken } from '../errors.ts';
import { toGraphJson } from '../json.ts';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * `GET /refresh_access_token` of Instagram Login: the token's life begins anew, if it is a day old and has not expired. Every other
 * time the token stays the same. One that has expired is told something else, as Meta does.
 */
export const refreshAccessToken: Edge<Call> = {
  name: 'refresh_access_token',
  of: null,
  segment: 'refresh_access_token',
  method: 'GET',
  permissions: { instagram: null },
  proof: 'token',
  answer: ({ params, token, world }) => {
    const now = Math.floor(world.now() / 1_000);
    if (params.get('grant_type') !== 'ig_refresh_token')
      throw new GraphError({ message: 'Invalid parameter: grant_type', code: 100 });
    if (token === null) throw unparsableToken();
    const isOver = token.expires_at !== null && token.expires_at <= now;
    if (isOver || now - token.issued_at < DAY_SECONDS) {
      throw new GraphError({ message: 'Unsupported request - method type: get', type: 'IGApiException', code: 100 });
    }
    if (!token.scopes.includes('instagram_business_basic')) throw missingPermission();
    const { login, accountId, scopes } = token;
    const isAnother = world.tokens.list().length % 2 === 0;
    const refreshed = world.tokens.grant({
      ...(isAnother ? {} : { value: token.value }),
      login,
      accountId,
      scopes,
      issued_at: now,
      expires_at: now + LONG_LIFE,
    });
    return toGraphJson({ access_token: refreshed.value, token_type: 'bearer', expires_in: LONG_LIFE });
  },
};
