import { ServiceError } from '../errors.ts';
import type { Login } from '../instagram/graph.ts';
import { FEATURES, missingScopes } from './features.ts';
import type { Stand } from './grants-repository.ts';
import type { KnownAccount } from './repository.ts';
import type { Role } from './schema.ts';

/** What Meta has said of a token that it has just accepted. */
export interface TokenProof {
  login: Login;
  /** Whether a scope was granted; null: it is not known. */
  has: (scope: string) => boolean | null;
  /** It is of our own app, so that its person wants the account to be here. */
  isOurs: boolean;
}

/** What connecting an account that is connected already changes. */
export interface Decision {
  /** The new token takes the place of the stored one. */
  replaces: boolean;
  /** Of the grant that the caller gets; null: it keeps what it has. */
  role: Role | null;
}

const taken = () =>
  new ServiceError(
    'account_taken',
    'The account is connected already, and this token does not prove that you may see what is stored: ask an owner for a grant',
  );
const ownerRequired = () =>
  new ServiceError('owner_required', 'The stored token works: only an owner of the account may replace it');
const weaker = (lacks: readonly string[]) =>
  new ServiceError('token_weaker', `The stored token works, and the new one lacks ${lacks.join(', ')}`);

/** What the stored token may do and the new one may not: scopes, or features where the logins name scopes differently. */
const lost = (known: Pick<KnownAccount, 'login' | 'scopes'>, { login, has }: TokenProof) => {
  const { scopes } = known;
  if (scopes === null) return [];
  if (known.login === login) return scopes.filter((scope) => has(scope) === false);
  const before = missingScopes(known.login, (scope) => scopes.includes(scope));
  const after = missingScopes(login, has);
  return FEATURES.filter((feature) => before[feature] === undefined && after[feature] !== undefined).flatMap(
    (feature) => after[feature] ?? [],
  );
};

/**
 * What a caller may do with a token for an account that is connected already. The token works: that was asked a moment ago,
 * and being known from before proves nothing. Access needs a grant, or a token of our own app: anybody can get a token for an
 * account with an app of their own, and must not read what others have stored with it. A token that works is replaced by an
 * owner only, and never by one that may do less. `isDead`: the stored token is of no more use.
 * @throws {ServiceError} `account_taken`, `owner_required`, `token_weaker`: nothing would change.
 */
export const decideForCaller = (
  known: Pick<KnownAccount, 'login' | 'scopes' | 'handed_in_before'> & { isDead: boolean },
  token: TokenProof,
  { own, everybody, owners, seesAll }: Stand & { seesAll: boolean },
): Decision => {
  const mayAct = own !== null || everybody || seesAll;
  if (!mayAct && !token.isOurs) throw taken();
  // Everybody's grant is nobody's own: who proves the account gets one. With an owner there, that owner stays the only one.
  const role = own === null && token.isOurs ? (owners === 0 ? 'owner' : 'member') : null;
  if (known.isDead) return { replaces: true, role };
  // It was handed in before, and may have been refreshed since: the stored one is the newer.
  if (known.handed_in_before) return { replaces: false, role };
  const isOwner = own === 'owner' || role === 'owner' || seesAll;
  const lacks = lost(known, token);
  if (isOwner && lacks.length === 0) return { replaces: true, role };
  if (role !== null) return { replaces: false, role };
  throw isOwner ? weaker(lacks) : ownerRequired();
};
