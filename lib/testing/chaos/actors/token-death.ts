import { defineActor } from './actor.ts';

/** The account's token dies, as when its owner changed the password; the next time a new one is connected. */
export const tokenDeath = defineActor({
  name: 'token death',
  weight: 1,
  act: async ({ stage, account }) => {
    if (account.isTokenAlive) stage.killToken(account);
    else await stage.reviveToken(account);
  },
});
