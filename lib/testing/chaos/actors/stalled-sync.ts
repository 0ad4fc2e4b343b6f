import { defineActor } from './actor.ts';

const LEASE_OVER_MS = 150_000;

/**
 * A worker that hears nothing from Instagram until long after its lease: another one takes the run over and goes on, and
 * then the first wakes up with a page that is not its own to write any more.
 */
export const stalledSync = defineActor({
  name: 'stalled sync',
  weight: 1,
  act: async ({ stage, account, random }) => {
    const stall = stage.simulator.scenarios.add({
      kind: 'late',
      on: { account: account.instagram_id, edge: 'user.media' },
      after: random.below(3),
      times: 1,
    });
    const held = stage.whenActed(stall);
    const stalled = stage.ask('startSync', '/sync', {
      body: { account_id: account.id, mode: 'full', include: ['comments'] },
      headers: { prefer: 'wait=20' },
    });
    await Promise.race([held, stalled]);
    await stage.passTime(LEASE_OVER_MS);
    await stage.tick();
    await stage.deliver();
    stall.remove();
    await stalled;
  },
});
