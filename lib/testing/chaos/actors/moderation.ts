import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';

/** Hides a comment or shows it, sometimes both at the same moment. */
export const moderation = defineActor({
  name: 'moderation',
  weight: 4,
  act: async ({ stage, account, random }) => {
    const comment = pickAny(random, await stage.comments(account));
    if (comment === null) return;
    const hidden = random.chance(0.6);
    const set = (value: boolean) =>
      stage.ask('updateComment', `/comments/${comment.id}`, { method: 'PATCH', body: { hidden: value } });
    await Promise.all(random.chance(0.3) ? [set(hidden), set(!hidden)] : [set(hidden)]);
  },
});
