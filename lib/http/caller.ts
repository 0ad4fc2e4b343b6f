import type { Scope } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import { CLIENT_PREFIX, EVERYBODY, isStorableName } from '../principal.ts';
import type { ApiEvent } from './event.ts';

/** Who asks. `scopes: null`: the route has no authorizer, so whoever let the request in has decided already. */
export interface Caller {
  /** Stable per token holder: the token's `sub`, else `client:<client_id>`; `local` where there is no authorizer. */
  principal: string;
  scopes: readonly string[] | null;
  /** It sees every account, whatever is granted. */
  seesAll: boolean;
}

/** A scope claim: space-separated text, a list, or a list as API Gateway prints it (`[a b]`). */
const scopesIn = (claim: unknown): string[] => {
  if (Array.isArray(claim)) return claim.filter((scope) => typeof scope === 'string');
  if (typeof claim !== 'string') return [];
  return claim
    .replace(/^\[(.*)\]$/, '$1')
    .split(' ')
    .filter((scope) => scope !== '');
};

/** The scope that shows every account; for operators, and for programs that serve all of them. */
const SEES_ALL = 'accounts:all' satisfies Scope;

const isNamed = (claim: unknown): claim is string => typeof claim === 'string' && claim !== '';

const principalOf = ({ sub, client_id }: Readonly<Record<string, unknown>>): string => {
  if (isNamed(sub)) {
    if (sub.startsWith(CLIENT_PREFIX)) throw badToken(`its sub begins with ${CLIENT_PREFIX}, which is for clients`);
    if (sub === EVERYBODY) throw badToken(`its sub is ${EVERYBODY}, which stands for everybody`);
    if (!isStorableName(sub)) throw badToken('its sub is too long, or has control characters');
    return sub;
  }
  // The token is valid, and a new one would be no better: the issuer must be told to name its callers.
  if (!isNamed(client_id)) {
    throw new ServiceError('forbidden', 'The token does not say whose it is: it has neither sub nor client_id');
  }
  if (!isStorableName(client_id)) throw badToken('its client_id is too long, or has control characters');
  return `${CLIENT_PREFIX}${client_id}`;
};

const badToken = (reason: string): ServiceError =>
  new ServiceError('unauthorized', `The token does not say whose it is: ${reason}`, {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });

/**
 * Reads the caller from the claims that the authorizer has verified.
 * @throws {ServiceError} `unauthorized` when they do not say clearly whose the token is, `forbidden` when not at all.
 */
export const callerOf = ({ requestContext: { authorizer } }: ApiEvent): Caller => {
  if (authorizer === undefined) return { principal: 'local', scopes: null, seesAll: true };
  const claims = authorizer.jwt?.claims ?? {};
  const scopes = [...scopesIn(claims.scope), ...scopesIn(claims.scp)];
  return { principal: principalOf(claims), scopes, seesAll: scopes.includes(SEES_ALL) };
};

/** @throws {ServiceError} `forbidden` when the caller's token lacks the scope. */
export const requireScope = ({ scopes }: Caller, scope: Scope | null): void => {
  if (scope === null || scopes === null || scopes.includes(scope)) return;
  throw new ServiceError('forbidden', `The token lacks the scope ${scope}`, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
};
