import { sql } from 'slonik';
import { z } from 'zod';
import type { Stage } from './stage.ts';

/** Minutes that pass from one look to the next: first few, as leases need, then what throttles, schedules and containers need. */
const PAUSES_MINUTES = [
  ...Array.from({ length: 12 }, () => 3),
  ...Array.from({ length: 12 }, () => 20),
  240,
  480,
  480,
  960,
];
const MINUTE_MS = 60_000;

const openSchema = z.strictObject({ what: z.string() });

/** What is not over yet, by table and id. An intent to publish is its publication's, which alone is ever woken. */
export const findOpenWork = ({ pool }: Pick<Stage, 'pool'>): Promise<readonly string[]> =>
  pool.anyFirst(sql.type(openSchema)`
    SELECT 'sync run ' || id || ' is ' || status AS what FROM sync_runs
    WHERE status IN ('queued', 'running', 'waiting')
    UNION ALL
    SELECT 'publication ' || id || ' is ' || status FROM publications WHERE next_wake_at IS NOT NULL
    UNION ALL
    SELECT kind || ' intent ' || id || ' is ' || state FROM intents
    WHERE next_wake_at IS NOT NULL AND kind <> 'publish'
    UNION ALL
    SELECT 'a write to ' || object || ' ' || object_id || ' is open' FROM open_writes
  `);

/** Everything that was wrong is over: time passes and `tick` comes, until nothing is left to do or more than a day is over. */
export const settle = async (stage: Stage): Promise<void> => {
  stage.simulator.scenarios.clear();
  for (const account of stage.accounts) if (!account.isTokenAlive) await stage.reviveToken(account);
  for (const minutes of PAUSES_MINUTES) {
    if ((await findOpenWork(stage)).length === 0) return;
    await stage.passTime(minutes * MINUTE_MS);
    await stage.tick();
    await stage.deliver();
  }
};
