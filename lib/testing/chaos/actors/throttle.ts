import { defineActor } from './actor.ts';

/** Instagram limits an account: its next call is refused, with the minutes for which nothing may be sent. */
export const throttle = defineActor({
  name: 'throttle',
  weight: 1,
  act: async ({ stage, account, random }) => {
    const minutes = random.pick([1, 3, 12]);
    stage.simulator.scenarios.add({
      kind: 'throttle',
      code: random.pick([4, 17, 32, 613, 80002]),
      minutes,
      on: { account: account.instagram_id },
      times: 1,
    });
  },
});
