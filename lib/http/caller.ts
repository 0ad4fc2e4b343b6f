import type { Scope } from '../contract.ts';
import { ServiceError } from '../errors.ts';
import type { ApiEvent } from './event.ts';

/** Who asks. `scopes: null`: the route has no authorizer, so whoever let the request in has decided already. */
export interface Caller {
  /** Stable per token holder: the token's subject, else the client it was issued to. */
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

/** Reads the caller from the claims that the authorizer has verified. An authorizer without claims grants nothing. */
export const callerOf = ({ requestContext: { authorizer } }: ApiEvent): Caller => {
  if (authorizer === undefined) return { principal: 'anonymous', scopes: null };
  const claims = authorizer.jwt?.claims ?? {};
  const principal = [claims.sub, claims.client_id].find((claim) => typeof claim === 'string' && claim !== '');
  return {
    principal: String(principal ?? 'unidentified'),
    scopes: [...scopesIn(claims.scope), ...scopesIn(claims.scp)],
  };
};

/** @throws {ServiceError} `forbidden` when the caller's token lacks the scope. */
export const requireScope = ({ scopes }: Caller, scope: Scope | null): void => {
  if (scope === null || scopes === null || scopes.includes(scope)) return;
  throw new ServiceError('forbidden', `The token lacks the scope ${scope}`, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
};
