import { type InstagramDetails, ServiceError } from '../errors.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import type { Login } from '../instagram/graph.ts';

const NAMES: Readonly<Record<Login, string>> = { instagram: 'Instagram Login', facebook: 'Facebook Login' };

/** Instagram does not accept the token. `words`: why, in ours. */
export const tokenRefused = (
  words: string,
  { expired, instagram }: { expired: boolean; instagram?: InstagramDetails },
): ServiceError =>
  new ServiceError(expired ? 'token_expired' : 'token_invalid', words, instagram === undefined ? {} : { instagram });

export const wrongLogin = (declared: Login, actual: Login): ServiceError =>
  new ServiceError('token_wrong_login', `The token is for ${NAMES[actual]}, but login says ${NAMES[declared]}`);

export const ofOtherApp = (cause?: unknown): ServiceError =>
  new ServiceError(
    'token_of_other_app',
    'Meta says that the token is not one of our app: it was made for another, or META_APP_ID and the app secret are wrong',
    { cause },
  );

export const scopeMissing = (scope: string, cause?: unknown): ServiceError =>
  new ServiceError('token_scope_missing', `The token lacks ${scope}, without which nothing can be read`, { cause });

export const pageTokenDies = (): ServiceError =>
  new ServiceError(
    'token_short_lived',
    'The page’s token dies within a day, as the token does that it was made with: make that one long-lived first, and take the page’s token with it',
  );

export const personTokenDies = (cause?: unknown): ServiceError =>
  new ServiceError(
    'token_short_lived',
    'The token dies within a day, and Meta does not exchange it for a long-lived one',
    { cause },
  );

export const notProfessional = (why: string): ServiceError => new ServiceError('not_professional', why);

export const notOfToken = (instagramId: string, own: string | null): ServiceError =>
  new ServiceError(
    'account_not_of_token',
    `The token does not reach the account ${instagramId}${own === null ? '' : `; it is for ${own}`}`,
  );

/** An account that can be chosen, with the Facebook page that it is linked to. */
export interface Choice {
  id: string;
  username: string | null;
  page: { id: string; name: string | null };
}

/** The problem lists them, for the caller to name one. */
export const chooseAccount = (accounts: readonly Choice[]): ServiceError =>
  new ServiceError('choose_account', 'Several Instagram accounts are behind the token: name one with instagram_id', {
    extensions: { accounts },
  });

/** A failed read of what a token is for, as its caller is told of it. `basic`: the scope that every read needs. */
export const toRefusal = (error: unknown, basic: string): unknown => {
  if (!(error instanceof InstagramError)) return error;
  const { kind, problemCode, words, means, failure, details } = error;
  if (kind === 'token') {
    return tokenRefused(words, { expired: means === 'expired', ...(failure === null && { instagram: details }) });
  }
  if (kind === 'permission' && problemCode === 'instagram_permission_missing') return scopeMissing(basic, error);
  return toServiceError(error);
};
