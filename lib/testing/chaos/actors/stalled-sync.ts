import { sql } from 'slonik';
import { z } from 'zod';
import { defineActor, type Turn } from './actor.ts';

const LEASE_OVER_MS = 150_000;
const rowSchema = z.strictObject({ row: z.string() });

const stall = ({ stage, account }: Turn, after: number) =>
  stage.simulator.scenarios.add({
    kind: 'late',
    on: { account: account.instagram_id, edge: 'user.media' },
    after,
    times: 1,
  });

/**
 * A worker that hears nothing from Instagram until long after its lease: another one takes the run over, and then the first
 * wakes up with a page that is not its own to write any more. Some wake up when the other has ended, some while it is at
 * work, too: what the run says by then is the other's.
 */
export const stalledSync = defineActor({
  name: 'stalled sync',
  weight: 1,
  act: async (turn) => {
    const { stage, account, random } = turn;
    const isUndisturbed = stage.isUndisturbed();
    const first = stall(turn, random.below(3));
    await stage.ask('startSync', '/sync', {
      body: { account_id: account.id, mode: 'full', include: ['comments'] },
      headers: { prefer: 'respond-async' },
    });
    const stalled = stage.deliver();
    await Promise.race([stage.whenActed(first), stalled]);
    await stage.passTime(LEASE_OVER_MS);
    const second = random.chance(0.5) ? stall(turn, 0) : null;
    const followed = stage.tick().then(() => stage.deliver());
    if (second !== null) {
      await Promise.race([stage.whenActed(second), followed]);
      const before = await readRun(turn);
      first.remove();
      await stalled;
      if (isUndisturbed && second.acted > 0) stage.journal.overtake({ before, after: await readRun(turn) });
      second.remove();
    }
    await followed;
    first.remove();
    await stalled;
  },
});

/** All that is stored of the account's run that is worked at. */
const readRun = ({ stage, account }: Turn): Promise<string | null> =>
  stage.pool.maybeOneFirst(sql.type(rowSchema)`
    SELECT sync_runs::text AS row FROM sync_runs WHERE account_id = ${account.id} ORDER BY id DESC LIMIT 1
  `);
