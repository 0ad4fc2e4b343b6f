import { pickAny } from '../random.ts';
import { defineActor } from './actor.ts';

/** Deletes a comment. */
export const deletion = defineActor({
  name: 'deletion',
  weight: 1,
  act: async ({ stage, account, random, step }) => {
    const comment = pickAny(random, await stage.comments(account));
    if (comment === null) return;
    const answer = await stage.ask('deleteComment', `/comments/${comment.id}`, { method: 'DELETE' });
    if (answer?.status === 204 && stage.simulator.world.find(comment.instagram_id) !== null) {
      stage.journal.blame(`step ${step}: comment ${comment.instagram_id} was answered as deleted, and is there`);
    }
  },
});
