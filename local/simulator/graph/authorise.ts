import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WorldObject } from '../world/world.ts';
import type { Call } from './call.ts';
import type { Edge } from './edge.ts';
import { NODE_NAMES } from './edges.ts';
import { expiredToken, GraphError, missingObject, missingPermission, unknownField, unparsableToken } from './errors.ts';

/** The Meta app that calls are made for. */
export interface App {
  readonly id: string;
  readonly secret: string;
  /** "Require App Secret" in the app's settings. Facebook Login only. */
  readonly requiresProof: boolean;
}

const checkToken = ({ tokenText, token, path, world, login }: Call): void => {
  if (tokenText === null) {
    throw path[0] === 'me' && login === 'facebook'
      ? new GraphError({
          message: 'An active access token must be used to query information about the current user.',
          code: 2500,
        })
      : new GraphError({ message: 'An access token is required to request this resource.', code: 104 });
  }
  if (!token) throw unparsableToken();
  if (token.expires_at !== null && token.expires_at * 1000 <= world.now()) {
    throw expiredToken(token.expires_at * 1000, world.now());
  }
};

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const checkProof = ({ login, tokenText, params }: Call, { secret, requiresProof }: App): void => {
  if (login !== 'facebook') return;
  const proof = params.get('appsecret_proof');
  if (proof === null && !requiresProof) return;
  const type = 'GraphMethodException';
  if (proof === null) {
    throw new GraphError({ message: 'API calls from the server require an appsecret_proof argument', type, code: 100 });
  }
  const expected = createHmac('sha256', secret)
    .update(tokenText ?? '')
    .digest('hex');
  if (!isSame(Buffer.from(proof).toString('hex'), Buffer.from(expected).toString('hex'))) {
    throw new GraphError({ message: 'Invalid appsecret_proof provided in the API argument', type, code: 100 });
  }
};

const isGone = (object: WorldObject, { conditions }: Call): boolean => {
  const hides = conditions.isGone;
  if (hides === null) return false;
  if ('media' in object && hides(object.media.id)) return true;
  return object.type === 'comment' && hides(object.comment.id);
};

/** Calls about tokens are made by the app itself, with its id and secret. */
const checkAppToken = ({ tokenText }: Call, { id, secret }: App): void => {
  if (!isSame(Buffer.from(tokenText ?? '').toString('hex'), Buffer.from(`${id}|${secret}`).toString('hex'))) {
    throw new GraphError({ message: 'Invalid OAuth access token signature.', code: 190 });
  }
};

/** Tokens are exchanged for whoever has the app's secret. */
const checkClientSecret = ({ params }: Call, { secret }: App): void => {
  if (!isSame(Buffer.from(params.get('client_secret') ?? '').toString('hex'), Buffer.from(secret).toString('hex'))) {
    throw new GraphError({ message: 'Error validating client secret.', code: 101 });
  }
};

/** Checks all that comes before a call is answered, in the order Meta does; answers the operation. @throws {GraphError} */
export const authorise = (call: Call, app: App): Edge<Call> => {
  if (call.edge !== null && call.edge.of === null && call.login in call.edge.permissions) {
    if (call.edge.proof === 'client_secret') checkClientSecret(call, app);
    else if (call.edge.proof !== 'token') checkAppToken(call, app);
    return call.edge;
  }
  checkToken(call);
  checkProof(call, app);
  if (call.problem) throw call.problem;

  const { object, edge, path, method, login, token } = call;
  const [id = '', segment] = path;
  if (!object || object.account.id !== token?.accountId || isGone(object, call)) throw missingObject(id, method, login);
  const permission = edge?.permissions[login];
  if (!edge || permission === undefined) {
    if (method === 'GET' && segment !== undefined) throw unknownField(segment, NODE_NAMES[object.type]);
    throw missingObject(id, method, login);
  }
  if (permission !== null && !token.scopes.includes(permission)) throw missingPermission();
  return edge;
};
