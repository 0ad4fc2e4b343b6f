import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { recordStanding } from '../accounts/standing.ts';
import { recordTokenState } from '../accounts/token-state.ts';
import { type Backoff, createWait } from '../backoff.ts';
import { isDatabaseAway, ServiceError } from '../errors.ts';
import { toFailure } from '../failure.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { errorFields } from '../logger.ts';
import { createConfirmAnswer } from './claim-effects.ts';
import { mayHaveSecond } from './decide.ts';
import { type IntentDeps, kindOf } from './deps.ts';
import { createIntentRepository } from './repository.ts';
import type { IntentRow } from './schema.ts';

const RECORD_MS: Backoff = { first: 100, max: 2_000 };
/** Nothing was sent (no connection): whoever waits tries again after this. */
const SOON_MS = 1_000;
/** Longest time to find out what a refusal means. */
const EXPLAIN_MS = 5_000;

/**
 * A send that failed. `error`: what the client is told. `final`: refused for good. `open`: it may still succeed, so a
 * follower that has time goes on.
 */
export interface FailedSend {
  error: ServiceError;
  final: boolean;
  open: boolean;
}
/** `ended`: the row with its outcome; null: see the row. */
export interface SendResult {
  ended: IntentRow | null;
  failed: FailedSend | null;
}

/**
 * Sends an intent whose row says `sending`, and records the result. `sendBy` (`performance.now()` ms) is the row's
 * `send_by`, never later.
 * @throws {ServiceError} `outcome_unknown` when it was done, but could not be recorded by `deadline`.
 */
export const createSend = (deps: IntentDeps) => {
  const { database, kinds, timing, logger, now } = deps;
  const intents = createIntentRepository(database);
  const confirmAnswer = createConfirmAnswer(deps);

  /**
   * Writes, again and again while the database is away, until `deadline`: only this process knows the result of the
   * send.
   */
  const insist = async <Result>(deadline: number, write: () => Promise<Result>): Promise<Result> => {
    const wait = createWait(RECORD_MS, deps);
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!isDatabaseAway(error) || !(await wait(deadline))) throw error;
      }
    }
  };

  const confirm = async ({ account }: ConnectedAccount, intent: IntentRow, externalId: string, deadline: number) => {
    try {
      const outcome = await insist(deadline, () => confirmAnswer(account, intent, externalId));
      if (account.token_state === 'dead') await recordTokenState(database, account, 'alive', null);
      return outcome;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      const detail = 'Instagram has done it, but that could not be recorded in time';
      throw new ServiceError('outcome_unknown', detail, { cause: error });
    }
  };

  /** `refusal`: why Instagram refuses it for good; null: it does not. */
  const recordFailure = async (
    { account }: ConnectedAccount,
    intent: IntentRow,
    error: InstagramError,
    refusal: ServiceError | null,
  ): Promise<void> => {
    const failure = toFailure(refusal ?? toServiceError(error));
    if (refusal !== null) {
      await intents.refuse(intent, { failure }, { verify: mayHaveSecond(intent, kindOf(kinds, intent)) });
    } else if (error.writeEffect === 'maybe') {
      await intents.markUnknown(intent, {
        settleMs: timing.settleMs,
        resendable: !rulesOutResend(error),
        error: failure,
      });
    } else {
      const retryMs = error.failure === 'not_sent' ? SOON_MS : (error.retryAfterSeconds ?? 0) * 1_000;
      await intents.postpone(intent, { retryMs, error: failure });
    }
    await recordStanding(database, account, error);
  };

  /** Why Instagram refuses it for good, by its own words or by what `explain` finds; null: it does not. */
  const refusalOf = async (
    connected: ConnectedAccount,
    intent: IntentRow,
    error: InstagramError,
    deadline: number,
  ): Promise<ServiceError | null> => {
    if (error.kind !== 'missing' && !isFinal(error)) return null;
    const options = { deadline: Math.min(now() + EXPLAIN_MS, deadline) };
    const explained =
      error.kind === 'blocked' ? null : await kindOf(kinds, intent).explain(connected, intent, error, options);
    return explained ?? (isFinal(error) ? toServiceError(error) : null);
  };

  return async (
    connected: ConnectedAccount,
    intent: IntentRow,
    { sendBy, deadline }: { sendBy: number; deadline: number },
  ): Promise<SendResult> => {
    const { account_id, id: intent_id, kind, attempt } = intent;
    const ids = { account_id, intent_id, kind, attempt };
    try {
      const externalId = await kindOf(kinds, intent).send(connected, intent, { deadline: sendBy });
      const outcome = await confirm(connected, intent, externalId, deadline);
      if (outcome === null) return { ended: null, failed: null };
      logger.info('a write to Instagram is done', { event: 'intent_confirmed', ...ids });
      return { ended: { ...intent, state: 'confirmed', outcome }, failed: null };
    } catch (error) {
      if (!(error instanceof InstagramError)) throw error; // the row says 'sending', and will be read back
      const { writeEffect: effect } = error;
      logger.warn('a write failed', { event: 'intent_send_failed', ...ids, effect, error: errorFields(error) });
      const refusal = await refusalOf(connected, intent, error, deadline);
      // Unrecorded, it lapses into 'unknown' by itself, which costs read-backs and no more.
      await insist(deadline, () => recordFailure(connected, intent, error, refusal)).catch((unrecorded: unknown) => {
        const fields = { event: 'intent_unrecorded', ...ids, error: errorFields(unrecorded) };
        logger.error('a failed write is not recorded', fields);
      });
      if (refusal !== null) {
        const ended: IntentRow = { ...intent, state: 'refused', outcome: { failure: toFailure(refusal) } };
        return { ended, failed: { error: refusal, final: true, open: false } };
      }
      return { ended: null, failed: { error: toServiceError(error), final: false, open: isOpen(error) } };
    }
  };
};

/** After these a resend does harm: the effect shows all the same, or Instagram took the write for spam. */
const rulesOutResend = ({ kind, means }: InstagramError) => kind === 'blocked' || means === 'published_anyway';

/** Whether to send or read back again at once: not while Instagram wants no calls. */
const isOpen = ({ failure, writeEffect, kind }: InstagramError) =>
  failure === 'not_sent' || (writeEffect === 'maybe' && kind !== 'missing' && kind !== 'throttled');

/** Refused for its content, for good. Other refusals are not the caller's fault, and may end. */
const isFinal = ({ writeEffect, problemCode }: InstagramError) =>
  writeEffect === 'none_final' && problemCode === 'instagram_rejected';
