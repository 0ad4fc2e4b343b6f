import type { DatabasePool } from 'slonik';
import type { ConnectedAccount, ConnectInstagram } from '../accounts/connect-instagram.ts';
import { readQuietSeconds, recordStanding } from '../accounts/standing.ts';
import { TOKEN_RETRY_SECONDS } from '../accounts/token-state.ts';
import { type Failure, toFailure } from '../failure.ts';
import { InstagramError, toServiceError } from '../instagram/errors.ts';
import { withdraw } from '../intents/index.ts';
import { type AdvanceDeps, createAdvance } from '../wake-ups/advance.ts';
import { backoffSeconds, type InterruptedTurn, type Interruption, Pause } from '../wake-ups/interruption.ts';
import type { Lease } from '../wake-ups/turn.ts';
import { ensurePatience, PublicationFailed } from './failures.ts';
import type { createFollowUp } from './follow-up.ts';
import type { Prepare } from './prepare.ts';
import type { Publish } from './publish.ts';
import { createPublicationRepository, type PublicationRepository } from './repository.ts';
import type { ReserveQuota } from './reserve-quota.ts';
import type { PublicationRow } from './schema.ts';
import type { PublicationTurn } from './turn.ts';

export interface PublicationSteps {
  reserveQuota: ReserveQuota;
  prepare: Prepare;
  publish: Publish;
  followUp: ReturnType<typeof createFollowUp>;
}

/** How soon it is published, at the latest, after somebody has gone on with a paused account. */
const PAUSED_RETRY_SECONDS = 5 * 60;
/** Follow-up work (the post, the first comment) that is older than this is dropped. */
const MAX_FOLLOW_UP_MS = 3 * 24 * 3_600_000;
/** After these failures the key is not freed: the same request would fail again. */
const FINAL_CODES = ['instagram_rejected', 'upload_expired', 'upload_not_found', 'outcome_unknown'];

const tokenDead: Failure = {
  code: 'instagram_token_invalid',
  detail: 'The access token of the account is not valid; connect the Instagram account again',
  instagram: null,
};

const accountPaused: Failure = {
  code: 'account_paused',
  detail: 'The account is paused: the publication waits until somebody goes on with the account',
  instagram: null,
};

const createPerform = ({
  database,
  connectInstagram,
  steps: { reserveQuota, prepare, publish, followUp },
}: {
  database: DatabasePool;
  connectInstagram: ConnectInstagram;
  steps: PublicationSteps;
}) => {
  /** Works from the status in the row until it is published, and then does the follow-up work. */
  const work = async (turn: PublicationTurn, first: PublicationRow, connected: ConnectedAccount): Promise<void> => {
    let row = first;
    while (row.status !== 'published') {
      if (row.status === 'scheduled') {
        await reserveQuota.whenDue(turn, row, connected);
      } else if (row.status === 'publishing') {
        await publish(turn, row, connected);
      } else {
        await prepare(turn, row, connected);
        await publish(turn, await turn.refresh(), connected);
      }
      row = await turn.refresh();
    }
    await followUp(turn, row, connected);
  };

  return async (turn: PublicationTurn, row: PublicationRow): Promise<void> => {
    const isBegun = row.status === 'publishing' || row.status === 'published';
    if (!isBegun) ensurePatience(row);
    const { account_id, error } = row;
    if (row.status === 'published' && row.overdue_ms > MAX_FOLLOW_UP_MS)
      return void (await turn.write((rows) => rows.close(turn.lease)));
    const quietSeconds = await readQuietSeconds(database, account_id);
    if (quietSeconds > 0) throw new Pause(quietSeconds, { reason: 'planned', error });
    const connected = await connectInstagram(account_id);
    // A waiting request tries a dead token once; work without one waits for a new token.
    const isDead = connected.account.token_state === 'dead';
    if (isDead && (isBegun || row.scheduled_at !== null)) {
      throw new Pause(TOKEN_RETRY_SECONDS, { reason: 'planned', error: tokenDead });
    }
    // A person who asks for it now gets it published; what was planned before the pause waits.
    if (connected.account.status === 'paused' && row.scheduled_at !== null && !isBegun) {
      throw new Pause(PAUSED_RETRY_SECONDS, { reason: 'planned', error: accountPaused });
    }
    try {
      await work(turn, row, connected);
    } catch (failed) {
      if (failed instanceof InstagramError) await recordStanding(database, connected.account, failed);
      throw failed;
    }
  };
};

/** What an error means for a publication, where that differs from other work. */
const interrupt = (
  error: unknown,
  row: PublicationRow,
  { attempts, random, outOfTime }: InterruptedTurn,
): Interruption | null => {
  const wait = (seconds: number, failure: Failure): Interruption => ({
    kind: 'wait',
    seconds,
    reason: 'planned',
    error: failure,
  });
  if (error instanceof PublicationFailed) {
    const { failure } = error;
    const mayWait = row.scheduled_at !== null && failure.code === 'instagram_token_invalid';
    return mayWait ? wait(TOKEN_RETRY_SECONDS, failure) : { kind: 'failed', error: failure };
  }
  if (!(error instanceof InstagramError) || (error.kind === 'transient' && outOfTime)) return null;
  const failure = toFailure(toServiceError(error));
  const { kind, retry, retryAfterSeconds } = error;
  const fault: Extract<Interruption, { kind: 'wait' }> = {
    kind: 'wait',
    seconds: backoffSeconds(attempts, random),
    reason: 'fault',
    error: failure,
  };
  if (row.status === 'published') return fault; // follow-up work never makes a publication fail
  if (error.problemCode === 'publishing_limit_reached') return wait(retryAfterSeconds ?? 3_600, failure);
  if (kind === 'token' && row.scheduled_at !== null) return wait(TOKEN_RETRY_SECONDS, failure);
  if (kind === 'blocked') return { kind: 'failed', error: failure };
  if (kind === 'missing') return fault; // the account, not the publication, is missing; or Instagram has an outage
  // Instagram said that parts were finished, and they were not: they will be.
  if (kind === 'transient' && retry === 'later') return { ...fault, seconds: retryAfterSeconds ?? 60 };
  return null;
};

/**
 * Closes a publication that will not be published, and its intent with it, so that both say the same. Where the intent
 * may have been sent, nobody can say that it failed: the publication is `unknown`.
 */
const createFail =
  ({ database, leaseSeconds, logger }: Pick<AdvanceDeps, 'database' | 'leaseSeconds' | 'logger'>) =>
  async (_: unknown, lease: Lease, failure: Failure): Promise<void> => {
    const ended = await database.transaction(async (connection) => {
      const publications = createPublicationRepository(connection);
      const row = await publications.extendLease(lease, leaseSeconds);
      if (row === null) return null; // another has the lease now
      if (row.status === 'published') {
        await publications.close(lease);
        return row;
      }
      const key = row.intent_id === null ? null : { account_id: row.account_id, id: row.intent_id };
      const freeKey = !FINAL_CODES.includes(failure.code);
      const isCertain = key === null || (await withdraw(connection, key, { outcome: { failure }, freeKey }));
      return await publications.finish(lease, isCertain ? 'failed' : 'unknown', failure);
    });
    if (ended === null) return;
    const { account_id, id: publication_id, intent_id, status, scheduled_at } = ended;
    const ids = { account_id, publication_id, intent_id };
    if (status === 'unknown') {
      logger.error('the outcome of a publication stays unknown', { event: 'publication_unknown', ...ids });
    } else if (status === 'failed' && scheduled_at !== null) {
      // Nobody waits for an answer to it: an alarm must tell.
      const { code, detail } = failure;
      logger.error('a scheduled publication was not published', {
        event: 'scheduled_publication_failed',
        ...ids,
        code,
        detail,
      });
    }
  };

/** Works at a publication for one turn, from where its row says it stands. */
export const createPublicationAdvance = ({
  connectInstagram,
  steps,
  ...deps
}: AdvanceDeps & { connectInstagram: ConnectInstagram; steps: PublicationSteps }) =>
  createAdvance<PublicationRow, PublicationRepository>(
    {
      name: 'publication',
      idsOf: ({ account_id, id }) => ({ account_id, publication_id: id }),
      rowsOf: createPublicationRepository,
      perform: createPerform({ database: deps.database, connectInstagram, steps }),
      interrupt,
      fail: createFail(deps),
    },
    deps,
  );
