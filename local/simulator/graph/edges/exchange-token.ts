import { LONG_LIFE } from '../../world/tokens.ts';
import type { Token } from '../../world/types.ts';
import type { Call } from '../call.ts';
import type { Edge } from '../edge.ts';
import { expiredToken, GraphError, invalidParameter, unparsableToken } from '../errors.ts';
import { toGraphJson } from '../json.ts';

/** A long-lived token with the scopes of a short-lived one. @throws {GraphError} where that has no time left. */
const lengthen = ({ login, accountId, scopes, expires_at }: Token, { world }: Call) => {
  if (expires_at !== null && expires_at * 1_000 <= world.now()) throw expiredToken(expires_at * 1_000, world.now());
  const { value } = world.tokens.grant({
    login,
    accountId,
    scopes,
    issued_at: Math.floor(world.now() / 1_000),
    expires_at: Math.floor(world.now() / 1_000) + LONG_LIFE,
  });
  return toGraphJson({ access_token: value, token_type: 'bearer', expires_in: LONG_LIFE });
};

/** `GET /access_token?grant_type=ig_exchange_token` with Instagram Login. A token that lives long already is refused. */
export const exchangeOfInstagram: Edge<Call> = {
  name: 'access_token',
  of: null,
  segment: 'access_token',
  method: 'GET',
  permissions: { instagram: null },
  proof: 'client_secret',
  answer: (call) => {
    const { token, params } = call;
    if (params.get('grant_type') !== 'ig_exchange_token') throw invalidParameter('Unsupported grant_type');
    if (!token) throw unparsableToken();
    if (token.isShort && !token.isForeign) return lengthen(token, call);
    throw new GraphError({ message: 'Unsupported request - method type: get', type: 'IGApiException', code: 100 });
  },
};

/** `GET /oauth/access_token?grant_type=fb_exchange_token` with Facebook Login. */
export const exchangeOfFacebook: Edge<Call> = {
  name: 'oauth',
  of: null,
  segment: 'oauth',
  method: 'GET',
  permissions: { facebook: null },
  proof: 'client_secret',
  answer: (call) => {
    const { params, world, path } = call;
    if (path[1] !== 'access_token') throw invalidParameter('Unknown path');
    if (params.get('grant_type') !== 'fb_exchange_token') throw invalidParameter('Unsupported grant_type');
    const token = world.tokens.find(params.get('fb_exchange_token') ?? '');
    if (token?.login !== 'facebook' || token.isForeign) throw unparsableToken();
    return lengthen(token, call);
  },
};
