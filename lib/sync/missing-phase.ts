import type { DatabasePool } from 'slonik';
import type { ConnectedAccount } from '../accounts/connect-instagram.ts';
import { databaseNow } from '../database/read-clock.ts';
import { triageMissing } from '../instagram/triage.ts';
import { createPostMirror } from '../posts/index.ts';
import type { SyncTurn } from './advance.ts';
import { keepPace } from './pace.ts';
import type { SyncRunRow } from './schema.ts';

/** Posts asked for by id in one run: three calls each at most, of the account's budget. */
const PROBES_A_RUN = 50;
/** The same where a person has accepted that so many are missing: one request should be enough for a tidy-up. */
const ACCEPTED_PROBES_A_RUN = 1_000;
/** So many posts in a row that neither read nor are missing: no trouble of single posts. */
const UNCLEAR_AT_MOST = 3;
const NEIGHBOURS = 5;
const GUARD_DAYS = 7;
const GUARD_FLOOR = 5;
const GUARD_SHARE = 0.2;

/** More than max(5, 20 %) of the posts within a week: sooner a fault of Instagram's or of ours than a tidy-up. */
export const isImplausible = ({ missing, goneLately, live }: { missing: number; goneLately: number; live: number }) =>
  missing + goneLately > Math.max(GUARD_FLOOR, GUARD_SHARE * (live + goneLately));

/**
 * After a complete walk: posts it did not see are asked for one by one, and only what Instagram then denies beyond doubt
 * is marked gone. Never the unseen alone: listings skip, are cut off, and fail quietly.
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
    const neighbours = await mirror.findNeighbours({ account_id: account.id, run_id: run.id, limit: NEIGHBOURS });
    const goneLately = await mirror.countGoneSince({ account_id: account.id, days: GUARD_DAYS });
    const live = await mirror.countLive({ account_id: account.id });
    const held = isImplausible({ missing, goneLately, live }) && !run.accept_missing;
    if (held || neighbours.length === 0) {
      return await turn.write(async (runs, current) => {
        if (held && current.accept_missing) return; // since this turn looked: the phase begins again, with that
        await runs.finishPhase(turn.lease, 'missing', ['shrink_guard']);
      });
    }

    const probes = run.accept_missing ? ACCEPTED_PROBES_A_RUN : PROBES_A_RUN;
    const candidates = await mirror.findMissing({ ...unseen, limit: Math.max(0, probes - run.probed) });
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
      if (unclear >= UNCLEAR_AT_MOST) break;
      const gone = verdict === 'gone';
      await turn.write(async (runs, _, connection) => {
        await createPostMirror(connection).markProbed({ account_id: account.id, id: candidate.id, gone, read_at });
        await runs.recordProbe(turn.lease, { gone });
      });
    }
    await finish(unconfirmed ? ['missing_unconfirmed'] : []);
  };
