import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import { triageMissing } from '../instagram/triage.ts';
import { createPostMirror } from '../posts/index.ts';
import type { SyncTurn } from './advance.ts';
import { keepPace } from './pace.ts';
import type { SyncRunRow } from './schema.ts';

/** Triages in one run. Each takes three probes at most, which count towards the account's limit. */
const MAX_TRIAGES = 50;
/** The same when a person has accepted that so many are missing: one request should be enough after a clean-up. */
const MAX_ACCEPTED_TRIAGES = 1_000;
/** So many unclear verdicts in a row are not the fault of single posts. */
const MAX_UNCLEAR = 3;
const MAX_NEIGHBOURS = 5;
const GUARD_DAYS = 7;
const GUARD_FLOOR = 5;
const GUARD_SHARE = 0.2;

/** More than max(5, 20 %) of the posts within a week are missing: rather a fault of Instagram's or ours than a clean-up. */
export const isImplausible = ({ missing, goneLately, live }: { missing: number; goneLately: number; live: number }) =>
  missing + goneLately > Math.max(GUARD_FLOOR, GUARD_SHARE * (live + goneLately));

/**
 * Triages, after a complete walk, each post that the walk did not see, and marks the gone ones. That a walk did not see a post
 * is never enough: listings skip items, end early, and fail without an error.
 */
export const createMissingPhase =
  ({ database, now, sleep }: { database: DatabasePool; now: () => number; sleep: (ms: number) => Promise<void> }) =>
  async (turn: SyncTurn, run: SyncRunRow, { account, client, usage }: ConnectedAccount): Promise<void> => {
    const finish = (warnings: 'missing_unconfirmed'[] = []) =>
      turn.write((runs) => runs.finishPhase(turn.lease, 'missing', warnings));
    const unseen = { account_id: account.id, run_id: run.id, run_started_at: run.requested_at, floor: run.floor };

    const mirror = createPostMirror(database);
    const missing = await mirror.countMissing(unseen);
    if (missing === 0) return void (await finish());
    if (account.shows_less) return void (await finish(['missing_unconfirmed']));
    const neighbours = await mirror.findNeighbours({ account_id: account.id, run_id: run.id, limit: MAX_NEIGHBOURS });
    const goneLately = await mirror.countGoneSince({ account_id: account.id, days: GUARD_DAYS });
    const live = await mirror.countLive({ account_id: account.id });
    const isHeldBack = isImplausible({ missing, goneLately, live }) && !run.accept_missing;
    if (isHeldBack || neighbours.length === 0) {
      return await turn.write(async (runs, current) => {
        if (isHeldBack && current.accept_missing) return; // a request accepted it meanwhile: the phase begins again
        await runs.finishPhase(turn.lease, 'missing', ['shrink_guard']);
      });
    }

    const maxTriages = run.accept_missing ? MAX_ACCEPTED_TRIAGES : MAX_TRIAGES;
    const candidates = await mirror.findMissing({ ...unseen, limit: Math.max(0, maxTriages - run.probed) });
    let unclear = 0;
    let unconfirmed = false;
    for (const candidate of candidates) {
      await keepPace(usage, turn, { now, sleep });
      const read_at = await databaseNow(database);
      const verdict = await triageMissing(
        {
          client,
          account: account.instagram_id,
          objectId: candidate.instagram_id,
          neighbourIds: neighbours.map((neighbour) => neighbour.instagram_id),
        },
        turn.step(),
      );
      if (verdict === 'outage' || verdict === 'account_unreadable') return void (await finish(['missing_unconfirmed']));
      unclear = verdict === 'unclear' ? unclear + 1 : 0;
      unconfirmed ||= verdict === 'unclear';
      if (unclear >= MAX_UNCLEAR) break;
      const gone = verdict === 'gone';
      await turn.write(async (runs, _, connection) => {
        await createPostMirror(connection).markProbed({ account_id: account.id, id: candidate.id, gone, read_at });
        await runs.recordProbe(turn.lease, { gone });
      });
    }
    await finish(unconfirmed ? ['missing_unconfirmed'] : []);
  };
