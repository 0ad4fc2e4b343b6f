import type { Scope } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import type { ApiEvent } from './event.ts';

/** Who asks. `scopes: null`: the route has no authorizer, so whoever let the request in has decided already. */
export interface Caller {
  /** Stable per token holder: the token's `sub`, else `client:<client_id>`; `local` where there is no authorizer. */
  principal: string;
  scopes: readonly string[] | null;
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

/** Begins the name of each client, so that a client called `alice` is never taken for the user `alice`. */
const CLIENT_PREFIX = 'client:';
/** OpenID Connect's limit for `sub`. Names are stored in an index, and PostgreSQL bounds the size of its entries. */
const MAX_NAME_CHARACTERS = 255;

const isNamed = (claim: unknown): claim is string => typeof claim === 'string' && claim !== '';

/** No name has control characters, and a database cannot store all of them. Half a surrogate pair would be stored as another character. */
const isStorable = (name: string): boolean =>
  name.length <= MAX_NAME_CHARACTERS && name.isWellFormed() && !/\p{Cc}/u.test(name);

const principalOf = ({ sub, client_id }: Readonly<Record<string, unknown>>): string => {
  if (isNamed(sub)) {
    if (sub.startsWith(CLIENT_PREFIX)) throw badToken(`its sub begins with ${CLIENT_PREFIX}, which is for clients`);
    if (!isStorable(sub)) throw badToken('its sub is too long, or has control characters');
    return sub;
  }
  if (!isNamed(client_id)) throw badToken('it has neither sub nor client_id');
  if (!isStorable(client_id)) throw badToken('its client_id is too long, or has control characters');
  return `${CLIENT_PREFIX}${client_id}`;
};

const badToken = (reason: string): ServiceError =>
  new ServiceError('unauthorized', `The token does not say whose it is: ${reason}`, {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });

/**
 * Reads the caller from the claims that the authorizer has verified.
 * @throws {ServiceError} `unauthorized` when they do not say clearly whose the token is.
 */
export const callerOf = ({ requestContext: { authorizer } }: ApiEvent): Caller => {
  if (authorizer === undefined) return { principal: 'local', scopes: null };
  const claims = authorizer.jwt?.claims ?? {};
  return { principal: principalOf(claims), scopes: [...scopesIn(claims.scope), ...scopesIn(claims.scp)] };
};

/** @throws {ServiceError} `forbidden` when the caller's token lacks the scope. */
export const requireScope = ({ scopes }: Caller, scope: Scope | null): void => {
  if (scope === null || scopes === null || scopes.includes(scope)) return;
  throw new ServiceError('forbidden', `The token lacks the scope ${scope}`, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
};
