import type { Logger } from '@aws-lambda-powertools/logger';
import type { InstagramDetails } from '../errors.ts';
import { InstagramError } from '../instagram/errors.ts';
import { errorFields } from '../logger.ts';
import type { ConnectedAccount, ConnectInstagram, ConnectWithToken } from './connect-instagram.ts';
import type { TokenCipher } from './token-cipher.ts';
import type { TokenLifeRepository } from './token-life-repository.ts';

/** A token is dead when Instagram has refused it twice, this long apart: it also refuses for a moment. */
const REFUSED_TWICE_SECONDS = 15 * 60;
const DAY_SECONDS = 24 * 60 * 60;
/** With less than this left, a refresh that failed is tried again soon. */
const URGENT_SECONDS = 7 * DAY_SECONDS;
const URGENT_PAUSE_SECONDS = 60 * 60;

interface Deps {
  life: TokenLifeRepository;
  connectInstagram: ConnectInstagram;
  /** A client of the account for another token than its own. */
  connectWithToken: ConnectWithToken;
  cipher: Pick<TokenCipher, 'seal' | 'open'>;
  /** Stores whether Instagram accepts the account's token; `error`: why it does not. */
  recordState: (
    account: ConnectedAccount['account'],
    state: 'alive' | 'dead',
    error: InstagramDetails | null,
  ) => Promise<void>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}
type Options = () => { deadline: number };

const isRefused = (error: unknown): error is InstagramError =>
  error instanceof InstagramError && error.kind === 'token';

/**
 * Keeps an account's token alive, and finds out when it is dead. Gives the seconds until it should be looked at again. May be
 * repeated at any point: a refresh whose answer was lost is made again, as the old token still works.
 * @throws {InstagramError} what passes, to be tried again.
 */
export const createRefreshToken = ({ life, connectInstagram, connectWithToken, cipher, recordState, logger }: Deps) => {
  /** Asks with the account's own token who it is. One that is refused is asked once more: gives the seconds until then. */
  const confirmAlive = async (
    { account, client }: ConnectedAccount,
    refusedAgo: number | null,
    options: Options,
  ): Promise<number> => {
    try {
      await client.account.get(account.login === 'instagram' ? 'me' : account.instagram_id, options());
      await recordState(account, 'alive', null);
    } catch (error) {
      if (!isRefused(error)) throw error;
      await recordState(account, 'dead', error.details);
      await life.noteRefusal(account);
      const left = REFUSED_TWICE_SECONDS - (refusedAgo ?? 0);
      if (left > 0) return left;
      if (await life.markNeedsLogin(account)) {
        logger.error('a person must connect the account again', {
          event: 'account_needs_login',
          account_id: account.id,
        });
      }
    }
    return DAY_SECONDS;
  };

  /** The refreshed token takes over once it has read the account. */
  const takeOver = async (account: ConnectedAccount['account'], token: string, options: Options): Promise<boolean> => {
    const client = await connectWithToken(account, token);
    try {
      const { instagram_id } = await client.account.get('me', options());
      if (instagram_id === account.instagram_id && (await life.succeed(account))) {
        logger.info('a token was refreshed', { event: 'token_refreshed', account_id: account.id });
        return true;
      }
    } catch (error) {
      if (!isRefused(error)) throw error;
      logger.warn('a refreshed token does not work', {
        event: 'refreshed_token_refused',
        account_id: account.id,
        error: errorFields(error),
      });
    }
    await life.dropSuccessor(account);
    return false;
  };

  const refresh = async ({ account, client }: ConnectedAccount, options: Options): Promise<boolean> => {
    const { token, expiresInSeconds } = await client.token.refresh(options());
    if (token === null) {
      const isLonger = await life.prolong(account, expiresInSeconds);
      if (isLonger) logger.info('a token was refreshed', { event: 'token_refreshed', account_id: account.id });
      return isLonger;
    }
    const sealed = await cipher.seal(token, account.instagram_id);
    if (!(await life.keepSuccessor(account, sealed, expiresInSeconds))) return false;
    return await takeOver(account, token, options);
  };

  return async (accountId: number, options: Options): Promise<number> => {
    const connected = await connectInstagram(accountId);
    const { account } = connected;
    const state = await life.find(account);
    if (state === null || (state.status !== 'active' && state.status !== 'paused')) return DAY_SECONDS;
    const { due, seconds_left, refused_seconds_ago, successor } = state;
    if (account.token_state === 'dead') {
      return await confirmAlive(connected, refused_seconds_ago, options);
    }
    if (account.login !== 'instagram') return DAY_SECONDS; // a person renews it: its end is told by the vitals
    if (successor !== null && (await takeOver(account, await cipher.open(successor, account.instagram_id), options))) {
      return DAY_SECONDS;
    }
    if (due !== true) return DAY_SECONDS;
    const isUrgent = seconds_left !== null && seconds_left < URGENT_SECONDS;
    try {
      if (!(await refresh(connected, options))) {
        logger.warn('a refresh made the token live no longer', {
          event: 'token_not_refreshed',
          account_id: account.id,
        });
      }
    } catch (error) {
      if (!(error instanceof InstagramError) || error.kind === 'transient' || error.kind === 'throttled') throw error;
      // Meta refuses refreshes in many words, and a refused one says nothing about the token in use.
      logger.warn('a refresh was refused', {
        event: 'token_refresh_refused',
        account_id: account.id,
        error: errorFields(error),
      });
      const seconds = await confirmAlive(connected, refused_seconds_ago, options);
      return isUrgent ? Math.min(seconds, URGENT_PAUSE_SECONDS) : seconds;
    }
    return isUrgent ? URGENT_PAUSE_SECONDS : DAY_SECONDS;
  };
};
