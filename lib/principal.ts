/**
 * Names of callers, as keys and grants are stored under: a token's `sub`, or `client:<client_id>` of one that has none.
 */

/** The name of a grant that everybody has. No caller is called so. */
export const EVERYBODY = '*';

/** Begins the name of each client, so that a client called `alice` is never taken for the user `alice`. */
export const CLIENT_PREFIX = 'client:';

/** OpenID Connect's limit for `sub`. Names are stored in an index, and PostgreSQL bounds the size of its entries. */
const MAX_NAME_CHARACTERS = 255;

/**
 * Whether a `sub` or a `client_id` can be stored as it is. No name has control characters, and a database cannot store all of
 * them. Half a surrogate pair would be stored as another character.
 */
export const isStorableName = (name: string): boolean =>
  name !== '' && name.length <= MAX_NAME_CHARACTERS && name.isWellFormed() && !/\p{Cc}/u.test(name);

/** Whether a grant may be to this name: everybody's, a client's, or a user's. */
export const isPrincipal = (name: string): boolean =>
  isStorableName(name.startsWith(CLIENT_PREFIX) ? name.slice(CLIENT_PREFIX.length) : name);
