import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { ensureMayWrite } from '../accounts/standing.ts';
import { ServiceError } from '../errors.ts';
import { fromFailure } from '../failure.ts';
import { once } from '../once.ts';
import type { IntentDeps } from './deps.ts';
import { createLook } from './look.ts';
import { createIntentRepository, isAbsent, isResendable } from './repository.ts';
import type { IntentRow, IntentTiming, Outcome } from './schema.ts';
import { createSend } from './send.ts';

const POLL_FIRST_MS = 50;
const POLL_LONGEST_MS = 500;
/** What is kept of a request's time to record what a send has brought, and to answer. */
const RESERVE_MS = 500;
/** A send that has less time than this is not begun. */
const SHORTEST_SEND_MS = 1_500;
/** Sends of one request for which nothing ever left this machine. */
const TRIES_AT_MOST = 3;
/** A pause that is worth waiting for. */
const SHORT_PAUSE_MS = 1_500;

/** Says that an answer is that of an earlier request. */
export const REPLAYED = { 'Idempotent-Replayed': 'true' } as const;

/** An answer that is no failure. */
export type Answer = Extract<Outcome, { status: number }>;

/** How long a send begun now may last so that its outcome can still be answered; null: too short to be begun. */
export const sendMsWithin = ({ sendMs }: Pick<IntentTiming, 'sendMs'>, remainingMs: number): number | null => {
  const possible = Math.min(sendMs, remainingMs - RESERVE_MS);
  return possible < Math.min(SHORTEST_SEND_MS, sendMs) ? null : possible;
};

/**
 * Follows an intent to its outcome on behalf of a request it belongs to, until `deadline`: sends it, waits for whoever
 * else is sending it, looks whether it happened, and sends it again where that is allowed. Any number may follow one
 * intent at once. `sendBy` (`performance.now()` ms): the row was just accepted and is ours to send; null: an earlier
 * request's. `connect` is asked only when Instagram is.
 * @throws {ServiceError} what the request is to be told when there is no outcome, or none but a failure.
 */
export const createPursue = (deps: IntentDeps) => {
  const { database, timing, now, sleep } = deps;
  const intents = createIntentRepository(database);
  const send = createSend(deps);
  const look = createLook(deps);

  return async (
    connect: () => Promise<ConnectedAccount>,
    start: IntentRow,
    { sendBy, deadline }: { sendBy: number | null; deadline: number },
  ): Promise<Answer> => {
    const connected = once(connect);
    const replayed = sendBy === null;
    let row = start;
    let mine = sendBy;
    let sends = 0;
    let joined = false; // saw somebody else send it: their failure is ours
    let told: ServiceError | null = null; // by our own last send
    let poll = POLL_FIRST_MS;

    const wait = async (ms: number): Promise<void> => {
      const pause = Math.min(ms, poll);
      poll = Math.min(2 * poll, POLL_LONGEST_MS);
      if (now() + pause >= deadline) throw unsettled(row, told);
      await sleep(pause);
      row = (await intents.find(row)) ?? row;
    };

    /** Makes it ours to send, if it is allowed now and nobody else is faster. */
    const resend = async (): Promise<void> => {
      await ensureMayWrite(database, row.account_id);
      await connected(); // what could fail before anything is sent fails before the row says that it is being sent
      const begunAt = now();
      const sendMs = sendMsWithin(timing, deadline - begunAt);
      if (sendMs === null) throw unsettled(row, told);
      const resent = await intents.resend(row, sendMs);
      row = resent ?? (await intents.find(row)) ?? row;
      // From before the statement was sent: the database's clock said it later, so ours ends first.
      mine = resent === null ? null : begunAt + sendMs;
    };

    const whileSending = async (): Promise<Answer | null> => {
      if (mine === null) {
        joined = true;
        if (row.send_in_ms <= 0) await intents.markLapsed(row, timing);
        await wait(Math.max(0, row.send_in_ms));
        return null;
      }
      sends += 1;
      const result = await send(await connected(), row, { sendBy: mine, deadline });
      mine = null;
      if (result.kind === 'done') return answerOf(result.outcome, false);
      if (result.kind === 'refused' || !result.open) throw result.error;
      told = result.error;
      row = (await intents.find(row)) ?? row;
      return null;
    };

    const whilePending = async (): Promise<void> => {
      const pauseMs = row.retry_in_ms ?? 0;
      const settled = joined || pauseMs > SHORT_PAUSE_MS || sends >= TRIES_AT_MOST;
      if (settled) throw told ?? postponed(row);
      if (pauseMs > 0) await wait(pauseMs);
      else await resend();
    };

    const whileUnknown = async (): Promise<void> => {
      if (isAbsent(row)) {
        if (!isResendable(row)) throw unsettled(row, told);
        await resend();
      } else if ((row.read_in_ms ?? 0) > 0) {
        await wait(row.read_in_ms ?? 0);
      } else {
        // Looking is calling, too; but whoever sent it and was stopped for it may see what came of it.
        if (sends === 0) await ensureMayWrite(database, row.account_id);
        const result = await look(await connected(), row, { deadline, wakeMs: null });
        if (result === 'refused') throw unsettled(row, told);
        if (result === 'not_due') await wait(POLL_LONGEST_MS);
        else row = (await intents.find(row)) ?? row;
      }
    };

    try {
      for (;;) {
        if (row.outcome !== null) return answerOf(row.outcome, replayed);
        const answer = row.state === 'sending' ? await whileSending() : null;
        if (answer !== null) return answer;
        if (row.state === 'pending') await whilePending();
        else if (row.state === 'unknown') await whileUnknown();
      }
    } catch (error) {
      if (told === null || !isDatabaseAway(error)) throw error;
      throw told; // what was sent may have happened, whatever is wrong with the database since
    }
  };
};

const answerOf = (outcome: Outcome, replayed: boolean): Answer => {
  if (!('failure' in outcome)) return outcome;
  const { code, message, options } = fromFailure(outcome.failure);
  throw new ServiceError(code, message, { ...options, ...(replayed && { headers: REPLAYED }) });
};

const postponed = ({ error, retry_in_ms }: IntentRow): ServiceError => {
  if (error === null) return new ServiceError('instagram_error', 'It was not sent; try again');
  const { code, message, options } = fromFailure(error);
  const retryAfterSeconds = Math.ceil((retry_in_ms ?? 0) / 1_000);
  return new ServiceError(code, message, { ...options, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
};

const unsettled = ({ state, error }: IntentRow, told: ServiceError | null): ServiceError => {
  if (state === 'sending') {
    return new ServiceError('idempotency_in_progress', 'The first request with this key is still under way');
  }
  if (told !== null) return told;
  if (error !== null) return fromFailure(error);
  return new ServiceError('outcome_unknown', 'Whether Instagram did it is not known yet');
};

const isDatabaseAway = (error: unknown) => error instanceof ServiceError && error.code === 'database_unavailable';
