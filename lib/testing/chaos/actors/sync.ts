import { defineActor } from './actor.ts';

/** Brings an account up to date, waiting for the end or not. */
export const sync = defineActor({
  name: 'sync',
  weight: 5,
  act: async ({ stage, account, random }) => {
    const include = (['comments', 'insights'] as const).filter(() => random.chance(0.5));
    await stage.ask('startSync', '/sync', {
      body: { account_id: account.id, mode: random.pick(['full', 'incremental']), include },
      headers: { prefer: `wait=${random.pick([0, 1])}` },
    });
  },
});
