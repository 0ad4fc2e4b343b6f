import { visibleTo } from '../database/account-scope.ts';

/** The accounts of a caller that sees all of them, as everybody does without an issuer. */
export const EVERYTHING = visibleTo({ principal: 'local', seesAll: true });
